"""The picture at the top of the README: a terminal, drawn from a command's output."""

import re

from tests.synth import PROJECT
from tools.pictures.terminal_picture import drawn

OUTPUT = """\
  … Engine: 20 s
  ✓ Engine                 http://127.0.0.1:4566                                   3.9 s
    19:05:37.012  +10.936 s  FULFILLED   paid and dispatched
"""


def _text(svg: str) -> str:
    return " ".join(re.findall(r">([^<>\n]+)</text>", svg)).replace("&#160;", " ")


def test_picture_shows_the_command_and_its_output() -> None:
    shown = _text(drawn("make up", OUTPUT))
    for text in ("make up", "Engine", "FULFILLED", "paid and dispatched"):
        assert text in shown


def test_picture_leaves_out_lines_that_only_say_that_a_step_runs() -> None:
    assert "20 s" not in _text(drawn("make up", OUTPUT))


def test_the_same_output_gives_the_same_picture() -> None:
    assert drawn("make up", OUTPUT) == drawn("make up", OUTPUT)


def test_the_committed_picture_shows_an_order_that_is_fulfilled_and_loads_nothing() -> None:
    svg = (PROJECT / "docs" / "images" / "make-up.svg").read_text()
    assert "FULFILLED" in _text(svg)
    assert not re.search(r"url\(.?https?:|href=|<script|<image", svg)
