"""Finds the dead-letter queues of a stage. None is listed here.

- A queue with a file in this folder is found by its subclass of `DeadLetterHandler`.
- The queues of a consumer of events, of a topic and of a warehouse are found by their outputs.
- Any other queue is found by its output, and its messages are shown undecoded.

Which of them a stage has follows from the outputs of its stacks.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import typer

from ops.dead_letters.letters import DeadLetterHandler
from ops.dead_letters.queues.consumers import consumer_queues
from ops.dead_letters.queues.pick_lists import pick_list_queues
from ops.dead_letters.queues.topics import topic_queues
from ops.dead_letters.queues.unknown_queue import unknown_queue
from ops.errors import CommandRefused
from ops.stage import Stage

_URL = "QueueUrl"
_DEAD_LETTERS = "DeadLetterQueueUrl"

Openers = Mapping[str, Callable[[], DeadLetterHandler]]
"""Name → the function that opens the queue; it may raise one of `ops.errors.FAILURES`."""


def _defined() -> Iterator[type[DeadLetterHandler]]:
    for found in pkgutil.iter_modules(__path__, f"{__name__}."):
        for _, each in inspect.getmembers(importlib.import_module(found.name), inspect.isclass):
            if (
                issubclass(each, DeadLetterHandler)
                and each.__module__ == found.name
                and hasattr(each, "name")
            ):
                yield each


KNOWN = {each.name: each for each in sorted(_defined(), key=lambda each: each.name)}


def queues(stage: Stage, names: Sequence[str] = ()) -> Openers:
    """Returns the queues of these names; all queues of the stage if none is named.

    Raises CommandRefused for a queue that only other stages have, and BadParameter for an unknown name.
    """
    present = _queues_of(stage)
    for name in names:
        if name not in present and name in KNOWN:
            why, remedy = KNOWN[name].absence
            raise CommandRefused(f"stage {stage.name} {why}, so it has no queue of {name}", remedy)
        if name not in present:
            raise typer.BadParameter(f"{name} is not one of {', '.join(present)}", param_hint="'--queue'")
    return {name: present[name] for name in names or present}


def _queues_of(stage: Stage) -> dict[str, Callable[[], DeadLetterHandler]]:
    found: dict[str, Callable[[], DeadLetterHandler]] = {
        name: partial(each.of, stage) for name, each in KNOWN.items() if each.is_expected(stage)
    }
    known = {each.output for each in KNOWN.values()}
    for consumed in consumer_queues(stage.outputs):
        if consumed.output not in known:
            consumed.name = queue_name(consumed.output)
            found[consumed.name] = partial(consumed.of, stage)
            known.add(consumed.output)
    for present in (*topic_queues(stage.outputs), *pick_list_queues(stage.outputs)):
        present.name = queue_name(present.output)
        found[present.name] = partial(present.of, stage)
        known.add(present.output)
    for output in dead_letter_outputs(stage.outputs):
        if output not in known:
            queue = unknown_queue(queue_name(output), output)
            found[queue.name] = partial(queue.of, stage)
    return found


def dead_letter_outputs(outputs: Mapping[str, str]) -> list[str]:
    """Returns the names of the outputs that are the URL of a queue without a consumer.

    They are recognised by their names. A queue with a consumer has a dead-letter queue, whose output begins
    with the same word: `OrderQueueUrl` and `OrderDeadLetterQueueUrl`. All other queues have no consumer.
    """
    urls = [name for name in outputs if name.endswith(_URL)]
    return [name for name in urls if name.removesuffix(_URL) + _DEAD_LETTERS not in outputs]


def work_queue_outputs(outputs: Mapping[str, str]) -> list[str]:
    """Returns the names of the outputs that are the URL of a queue with a consumer."""
    others = dead_letter_outputs(outputs)
    return [name for name in outputs if name.endswith(_URL) and name not in others]


def queue_name(output: str) -> str:
    """`OrderQueueUrl` and `OrderDeadLetterQueueUrl` are `order`, `LostParcelsQueueUrl` is `lost-parcels`."""
    short = output.removesuffix(_URL).removesuffix(_DEAD_LETTERS.removesuffix(_URL))
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", short).lower()
