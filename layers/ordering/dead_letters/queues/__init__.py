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
from collections.abc import Iterator, Mapping

from ordering.dead_letters.letters import DeadLetterHandler
from ordering.dead_letters.queues.consumers import consumer_queues
from ordering.dead_letters.queues.pick_lists import pick_list_queues
from ordering.dead_letters.queues.topics import topic_queues
from ordering.dead_letters.queues.unknown_queue import unknown_queue
from ordering.dead_letters.stage import DeadLetterStage

_URL = "QueueUrl"
_DEAD_LETTERS = "DeadLetterQueueUrl"

Kinds = Mapping[str, type[DeadLetterHandler]]
"""Name → the class of the queue."""


def _defined() -> Iterator[type[DeadLetterHandler]]:
    for found in pkgutil.iter_modules(__path__, f"{__name__}."):
        for _, each in inspect.getmembers(importlib.import_module(found.name), inspect.isclass):
            if (
                issubclass(each, DeadLetterHandler)
                and each.__module__ == found.name
                and hasattr(each, "name")
            ):
                yield each


KNOWN: Kinds = {each.name: each for each in sorted(_defined(), key=lambda each: each.name)}


def queues_of(stage: DeadLetterStage, known: Kinds = KNOWN) -> dict[str, type[DeadLetterHandler]]:
    """Returns the dead-letter queues of a stage by their names: those that are `known`, and all others."""
    found = {name: each for name, each in known.items() if each.is_expected(stage)}
    outputs = {each.output for each in known.values()}
    for consumed in consumer_queues(stage.outputs):
        if consumed.output not in outputs:
            consumed.name = queue_name(consumed.output)
            found[consumed.name] = consumed
            outputs.add(consumed.output)
    for present in (*topic_queues(stage.outputs), *pick_list_queues(stage.outputs)):
        present.name = queue_name(present.output)
        found[present.name] = present
        outputs.add(present.output)
    for output in dead_letter_outputs(stage.outputs):
        if output not in outputs:
            queue = unknown_queue(queue_name(output), output)
            found[queue.name] = queue
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


def work_queue_of(output: str) -> str | None:
    """Returns the output of the queue whose dead letters the queue of `output` gets; None if it has none."""
    return output.removesuffix(_DEAD_LETTERS) + _URL if output.endswith(_DEAD_LETTERS) else None


def queue_name(output: str) -> str:
    """`OrderQueueUrl` and `OrderDeadLetterQueueUrl` are `order`, `LostParcelsQueueUrl` is `lost-parcels`."""
    short = output.removesuffix(_URL).removesuffix(_DEAD_LETTERS.removesuffix(_URL))
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", short).lower()
