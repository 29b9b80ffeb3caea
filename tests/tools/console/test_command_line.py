"""Exit statuses of a command line, and how wrong usage is reported."""

from typing import Annotated

import pytest
import typer

from console.command_line import exit_status, new_app


@pytest.fixture
def app() -> typer.Typer:
    made = new_app("An example.")

    @made.command("count")
    def count(number: Annotated[int, typer.Argument(min=1)], fail: bool = False) -> int:
        """Count."""
        if fail:
            raise BrokenPipeError
        return number

    @made.command("nothing")
    def nothing() -> None:
        """Do nothing."""

    return made


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["count", "3"], 3), (["nothing"], 0), (["--help"], 0), ([], 2), (["count", "0"], 2)],
)
def test_the_status_is_what_the_command_returns(app: typer.Typer, arguments: list[str], status: int) -> None:
    assert exit_status(app, arguments, name="example") == status


def test_wrong_usage_names_the_help_and_escapes_control_characters(
    app: typer.Typer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_status(app, ["nothing\x1b[2J[bold]"], name="example") == 2
    err = capsys.readouterr().err
    assert r"nothing\x1b[2J[bold]" in err
    assert "do: see `example --help`" in err
    assert "\x1b" not in err


def test_a_closed_pipe_is_left_to_the_caller(app: typer.Typer) -> None:
    with pytest.raises(BrokenPipeError):
        exit_status(app, ["count", "3", "--fail"], name="example")
