"""Every command in the runbooks and the documentation exists and accepts its options."""

import re
import shlex
from collections.abc import Iterator

import pytest

from console.workspace import ROOT
from ops.dead_letters.queues import KNOWN, Openers, queues
from ops.stage import Stage
from tests.infra.switches import turned
from tests.tools.ops.commands import COMMANDS, split

# At the beginning of a line within a block, its indentation aside; a comment may follow.
_COMMAND = re.compile(r"^ *\.venv/bin/orders-ops (?P<typed>.*)$", re.M)
_BLOCK = re.compile(r"^ *```sh\n(?P<lines>.*?)^ *```", re.M | re.S)


def _typed() -> Iterator[tuple[str, str]]:
    docs = ROOT / "docs"
    for path in [docs / "operations.md", *sorted((docs / "runbooks").glob("*.md"))]:
        for block in _BLOCK.finditer(path.read_text()):
            for command in _COMMAND.finditer(block["lines"]):
                typed = command["typed"].partition(" | ")[0]
                if "--help" not in typed:
                    yield path.stem, typed


def _queues_of_every_setting() -> Openers:
    """The queues of a stage with every setting that adds one."""
    outputs = turned("dev", "mail, backups, canary").outputs()
    return queues(Stage("dev", "a test", dict.fromkeys(outputs, "somewhere")))


TYPED = sorted(set(_typed()))


@pytest.mark.parametrize(("runbook", "typed"), TYPED, ids=[f"{book}: {typed}" for book, typed in TYPED])
def test_every_command_of_a_runbook_is_valid(runbook: str, typed: str) -> None:
    known = KNOWN.keys() | _queues_of_every_setting().keys()
    name, arguments = split(shlex.split(typed, comments=True))
    # Raises an error for wrong usage; nothing is run.
    with COMMANDS[name].make_context(name, arguments) as context:
        for queue in context.params.get("queue") or ():
            assert queue in known


def test_the_runbooks_use_every_command() -> None:
    used = {split(typed.split())[0] for _, typed in TYPED}
    assert used == COMMANDS.keys()
