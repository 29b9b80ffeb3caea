"""Text from outside is escaped, so that it does not control the terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import progress
from console.terminal import visible
from tests.support import hostile


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2 × The Mug, 12.50 €: 日本語 ✓", "2 × The Mug, 12.50 €: 日本語 ✓"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("one\ntwo\rthree", r"one\ntwo\rthree"),
        ("one\u2028two\x85three", r"one\u2028two\x85three"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("\u2066a\u2069\u200f", r"\u2066a\u2069\u200f"),
        ("\u200binvisible\ufeff\u00ad", r"\u200binvisible\ufeff\xad"),
        ("\uffff\ufffe", r"\uffff\ufffe"),
        ("\ud800", r"\ud800"),
        ("", ""),
    ],
)
def test_invisible_characters_are_shown_as_escapes(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.slow
@given(st.text(st.one_of(st.characters(), st.sampled_from(hostile.ODD))))
def test_any_text_becomes_one_printable_line(text: str) -> None:
    assert visible(text).isprintable()
    visible(text).encode()


def test_printed_text_controls_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    progress.say("an order\x1b[2J of \u202eada")
    progress.report(progress.StepFailed("it said \x1b[2J", "look\u202e"))
    said = capsys.readouterr()
    assert said.out == "an order\\x1b[2J of \\u202eada\n"
    assert not set(said.err) & set("\x1b\u202e")
    assert said.err.count("\n") == 3
