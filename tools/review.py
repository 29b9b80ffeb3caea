"""Writes the comment on a pull request: the changes to the deployed stage, and their cost.

    .venv/bin/python -m tools.review dev costs.txt diff.txt > comment.md

A file that is missing or empty is reported as not compared.
"""

import re
import sys
from pathlib import Path

# GitHub accepts 65,536 characters in a comment; the rest is for the headings.
_LONGEST = 60_000
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def comment(stage: str, costs: str, diff: str) -> str:
    """Returns the comment as Markdown. The texts are in code blocks, so nothing in them is interpreted."""
    return "\n\n".join(
        [
            f"### Stage {stage}, if this is merged",
            "Idle cost, in US dollars a month, compared with the base of this pull request:",
            _block(costs, "not compared: the base cannot be synthesised"),
            f"`cdk diff` against the deployed stage {stage}:",
            _block(
                diff, "not compared: no role for it, or a pull request from a fork, which gets no credentials"
            ),
        ]
    )


def _block(text: str, instead: str) -> str:
    """Returns a code block, or `instead` if the text is empty.

    The delimiter is longer than any row of backticks in the text.
    """
    text = _COLOUR.sub("", text).strip("\n")
    if not text.strip():
        return f"_{instead}_"
    if len(text) > _LONGEST // 2:
        text = text[: _LONGEST // 2] + "\n... the rest is in the log of the job"
    delimiter = "`" * max(3, 1 + max((len(row) for row in re.findall(r"`+", text)), default=0))
    return f"{delimiter}\n{text}\n{delimiter}"


def _read(path: str) -> str:
    file = Path(path)
    return file.read_text(errors="replace") if file.exists() else ""


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(f"usage: {sys.argv[0]} STAGE COSTS_FILE DIFF_FILE")
    print(comment(sys.argv[1], _read(sys.argv[2]), _read(sys.argv[3])))
