"""The dead-letter queues of a stage, and the bucket that the operator's tool reads beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import typer

from ops.dead_letters.undelivered_changes import UndeliveredChanges
from ops.errors import CommandRefused
from ops.stage import Stage
from ordering.dead_letters.letters import DeadLetterHandler
from ordering.dead_letters.queues import KNOWN as QUEUES
from ordering.dead_letters.queues import Kinds, queues_of

Openers = Mapping[str, Callable[[], DeadLetterHandler]]
"""Name → the function that opens the queue; it may raise one of `ops.errors.FAILURES`."""

_ALL: Kinds = {**QUEUES, UndeliveredChanges.name: UndeliveredChanges}
KNOWN: Kinds = {name: _ALL[name] for name in sorted(_ALL)}
"""Every queue with a file of its own, and the bucket."""


def queues(stage: Stage, names: Sequence[str] = ()) -> Openers:
    """Returns the queues of these names; all queues of the stage if none is named.

    Raises CommandRefused for a queue that only other stages have, and BadParameter for an unknown name.
    """
    present = {name: partial(each.of, stage) for name, each in queues_of(stage, KNOWN).items()}
    for name in names:
        if name not in present and name in KNOWN:
            why, remedy = KNOWN[name].absence
            raise CommandRefused(f"stage {stage.name} {why}, so it has no queue of {name}", remedy)
        if name not in present:
            raise typer.BadParameter(f"{name} is not one of {', '.join(present)}", param_hint="'--queue'")
    return {name: present[name] for name in names or present}
