"""Creates both command lines with `typer`, and reports wrong usage."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import typer
from typer.main import get_command

from console.progress import print_error
from console.terminal import is_terminal

WRONG_USAGE = 2
# The width of the help in a pipe: no command's line is longer, so none is wrapped.
_PLAIN_WIDTH = 110


def new_app(help_text: str, epilog: str | None = None) -> typer.Typer:
    """Returns an app without commands; its help has boxes on a terminal, and is plain text in a pipe."""
    on_terminal = is_terminal()
    return typer.Typer(
        help=help_text,
        epilog=epilog,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={} if on_terminal else {"terminal_width": _PLAIN_WIDTH},
        rich_markup_mode="rich" if on_terminal else None,
    )


def exit_status(app: typer.Typer, arguments: Sequence[str], *, name: str) -> int:
    """Run a command line; returns what the command returned, 0 for None, 2 for wrong usage.

    Other exceptions of a command are raised, including those of a closed pipe and of Ctrl-C.
    """
    command = _command(app)
    try:
        with command.make_context(name, list(arguments) or ["--help"]) as context:
            returned = command.invoke(context)
    except typer.Exit as done:
        return done.exit_code if arguments else WRONG_USAGE
    except typer.TyperException as error:
        path = getattr(getattr(error, "ctx", None), "command_path", name)
        print_error(f"✗ {error.format_message()}\n  do: see `{path} --help`")
        return WRONG_USAGE
    return returned if isinstance(returned, int) else 0


@cache
def _command(app: typer.Typer) -> Any:
    """Returns the commands of `app`, cached for the tests, because reading all signatures takes time."""
    return get_command(app)
