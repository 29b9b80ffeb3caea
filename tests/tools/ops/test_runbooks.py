"""The commands that the runbooks tell people to type: they exist, and take what they are given."""

import re
import shlex
from collections.abc import Iterator

import pytest

from local.environments import ROOT
from ops.arguments import parser

# At the beginning of a line within a block, its indentation aside; a comment may follow.
_COMMAND = re.compile(r"^ *python -m ops (?P<typed>.*)$", re.M)
_BLOCK = re.compile(r"^ *```sh\n(?P<lines>.*?)^ *```", re.M | re.S)


def _typed() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "docs" / "runbooks").glob("*.md")):
        for block in _BLOCK.finditer(path.read_text()):
            for command in _COMMAND.finditer(block["lines"]):
                if "--help" not in command["typed"]:
                    yield path.stem, command["typed"]


TYPED = sorted(set(_typed()))


@pytest.mark.parametrize(("runbook", "typed"), TYPED, ids=[f"{book}: {typed}" for book, typed in TYPED])
def test_every_command_can_be_typed(runbook: str, typed: str) -> None:
    parser().parse_args(shlex.split(typed, comments=True))


def test_the_runbooks_use_every_command() -> None:
    used = {typed.split()[0] for _, typed in TYPED}
    assert used >= {"show", "dlq", "redrive", "discard", "open", "parked", "log", "unpark", "drive", "replay"}
