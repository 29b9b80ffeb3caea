"""The commands of the operator's tool, by their names: `status`, `catalogue import`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from typer.main import get_command

from ops.cli import app


def _commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


COMMANDS: Mapping[str, Any] = dict(_commands(get_command(app)))


def split(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """Returns the name of the command that the arguments begin with, and the arguments after it."""
    words = 2 if " ".join(arguments[:2]) in COMMANDS else 1
    return " ".join(arguments[:words]), [*arguments[words:]]
