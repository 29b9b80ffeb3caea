"""Asking before something is done that cannot be taken back."""

import sys

from local.visible import visible
from ops.refusal import Refused
from ops.stage import Stage


def confirm(stage: Stage, what: str, *, yes: bool) -> None:
    """Have a person type the stage's name, so that nobody does to prod what was meant for dev.

    Raises Refused when they do not, or when nobody is there to type.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused("nothing was done: somebody has to confirm it", "add --yes where nobody can type")
    print(f"\n{visible(what)}\nstage {stage.name}, {stage.place}", flush=True)
    try:
        typed = input(f"Type the name of the stage ({stage.name}) to go on: ")
    except EOFError:
        typed = ""
    if typed.strip() != stage.name:
        raise Refused("nothing was done: it was not confirmed", f"type {stage.name} when asked, or add --yes")
