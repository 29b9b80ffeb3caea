"""The same facts on a terminal and in a pipe; no markup, control character or encoding changes them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from console import progress, tables
from console.terminal import visible

MARKUP = "[bold red]not markup[/] [link=http://x]y[/link] :smile: [/]"
HOSTILE = f"{MARKUP} \x1b[2J \u202e\n\x07"


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output as a terminal of 60 columns."""
    monkeypatch.setattr("console.terminal.sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(progress, "_display", None)


@pytest.mark.usefixtures("on_terminal")
def test_markup_in_data_is_printed_as_it_is_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    progress.say(HOSTILE)
    assert capsys.readouterr().out == f"{visible(HOSTILE)}\n"


@pytest.mark.usefixtures("on_terminal")
def test_markup_in_a_table_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    tables.show_table(["name", MARKUP[:20]], [["[red]a[/red]", "\x1b[2J"]])
    out = capsys.readouterr().out
    assert "[red]a[/red]" in out
    assert r"\x1b[2J" in out
    assert "\x1b[2J" not in out


def test_a_table_in_a_pipe_is_one_whole_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    tables.show_table(["order", "status"], [["x" * 300, "PENDING"], ["two\nlines", "[bold]"]])
    heading, first, second = capsys.readouterr().out.splitlines()
    assert heading.split() == ["order", "status"]
    assert first == f"{'x' * 300}  PENDING"
    assert second.split() == [r"two\nlines", "[bold]"]


def test_a_pipe_gets_plain_text_even_where_colours_are_forced() -> None:
    program = (
        "from console.terminal import print_anywhere; print_anywhere()\n"
        "from console.progress import say, step\n"
        "from console.tables import show_table\n"
        "with step('Thinking'): say('✓ 2 × MUG')\n"
        "show_table(['a'], [['é']])\n"
    )
    forced = {
        "FORCE_COLOR": "1",
        "TTY_COMPATIBLE": "1",
        "GITHUB_ACTIONS": "true",
        "PYTHONIOENCODING": "ascii",
    }
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], "TERM": "xterm-256color", **forced},
        cwd=Path(progress.__file__).parent.parent,
        capture_output=True,
        check=True,
    )
    assert ran.stdout.isascii()
    assert b"\x1b" not in ran.stdout
    assert b"+ 2 x MUG" in ran.stdout
    assert b"\ne\n" in ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize("program", ["local", "ops"])
def test_help_in_a_pipe_is_plain_text(program: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", program, "--help"],
        env={"PATH": os.environ["PATH"], "FORCE_COLOR": "1", "GITHUB_ACTIONS": "true", "LC_ALL": "C"},
        cwd=Path(progress.__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "\x1b" not in ran.stdout
    assert ran.stdout.isascii()
    assert "Commands:" in ran.stdout
