"""Draws a command's output as a terminal window, in SVG: the picture at the top of the README.

make up | tee make-up.txt
.venv/bin/python -m tools.pictures.terminal_picture "make up" docs/images/make-up.svg < make-up.txt
"""

import re
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.highlighter import RegexHighlighter
from rich.text import Text
from rich.theme import Theme

_COLUMNS = 108
# A fixed name for the parts of the window, so that the same text gives the same file.
_ID = "terminal"


class _Output(RegexHighlighter):
    base_style = "out."
    highlights = (
        r"^(?P<prompt>\$) (?P<command>.+)$",
        r"(?P<good>✓|FULFILLED)",
        r"^ *(?P<time>\d\d:\d\d:\d\d\.\d+)",
        r"\b(?P<status>PENDING|CONFIRMED|CAPTURED|DISPATCHED)\b",
        r"(?P<address>https?://\S+)",
        r"^ *(?P<mail>\|.*)$",
    )


_THEME = Theme(
    {
        "out.prompt": "bold green",
        "out.command": "bold",
        "out.good": "bold green",
        "out.time": "dim",
        "out.status": "cyan",
        "out.address": "blue",
        "out.mail": "yellow",
    }
)


def drawn(command: str, output: str) -> str:
    """Returns the SVG of a terminal that shows the command and its output."""
    console = Console(
        record=True,
        width=_COLUMNS,
        file=StringIO(),
        theme=_THEME,
        force_terminal=True,
        color_system="truecolor",
    )
    highlight = _Output()
    lines = [line for line in output.rstrip().splitlines() if not line.lstrip().startswith("…")]
    for line in [f"$ {command}", *lines]:
        text = Text.from_ansi(line.rpartition("\r")[2])
        text.truncate(_COLUMNS, overflow="ellipsis")
        console.print(highlight(text), soft_wrap=True)
    svg = console.export_svg(title="order-backend", unique_id=_ID)
    # The picture must load nothing from other servers; the reader's own monospaced font is used.
    return re.sub(r" *@font-face {.*?}\n", "", svg, flags=re.S)


def main(command: str, target: str) -> None:
    """Write the picture: the command, and below it the standard input, which is the command's output."""
    path = Path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(drawn(command, sys.stdin.read()))


if __name__ == "__main__":
    main(*sys.argv[1:3])
