"""The state of a stage as text: a line for each part, what needs a person, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator

from console.progress import say
from ops.documents.status import AlarmFigures, OrderFigures, StackState, StatusDocument
from ops.partial_failures import Failures, say_unread
from ops.stage import Stage
from ops.status.findings import letters_of
from ordering.domain.operator_text import Redactor, age, counted

QUEUE, LETTERS = "queue ", "dead letters of "
_MANY = {QUEUE: "queues", LETTERS: "dead letters"}
_VERDICTS = {
    "well": "All is well.",
    "attention": "Something needs a person.",
    "unknown": "Nothing that was read needs a person, but not everything could be read.",
}


def print_status(stage: Stage, document: StatusDocument, failures: Failures) -> None:
    """Print the state of a stage."""
    redact = Redactor()
    say(f"stage {stage.name}, {stage.place}")
    say()
    found = {finding.part for finding in document.findings}
    unread = {_part_of(name) for name, _ in failures}
    for part, text in _parts(stage, document, failures):
        mark = "✗" if part in found else "?" if part in unread else "✓"
        say(redact(f"{mark} {part:<13} {text or 'cannot be read'}"))
    for finding in document.findings:
        say()
        say(redact(f"✗ {finding.what}"))
        say(redact(f"  do: {finding.do}"))
    for name, failure in failures:
        say()
        say_unread(name, failure, redact)
    say()
    say(_VERDICTS[document.verdict])


def _part_of(name: str) -> str:
    """Returns the part of the output that a failure belongs to: `queues` for `queue order`."""
    for prefix, part in _MANY.items():
        if name.startswith(prefix):
            return part
    return name


def _names(failures: Failures, prefix: str) -> list[str]:
    """Returns `order cannot be read` for each queue that could not be read."""
    return [f"{name.removeprefix(prefix)} cannot be read" for name, _ in failures if name.startswith(prefix)]


def _parts(stage: Stage, document: StatusDocument, failures: Failures) -> Iterator[tuple[str, str | None]]:
    """Yields each part with its text, None if it could not be read."""
    yield "orders", _orders(document.orders) if document.orders else None
    unavailable = document.unavailable
    yield "providers", None if unavailable is None else _unavailable(unavailable)
    depths = [f"{each.name} {each.visible}, {each.in_flight} in flight" for each in document.queues]
    yield "queues", "; ".join([*depths, *_names(failures, QUEUE)])
    yield "dead letters", _letters(document, failures)
    yield "alarms", _alarms(document.alarms, stage) if document.alarms else None
    yield "deployment", _deployment(document.stacks) if document.stacks else None


def _orders(orders: OrderFigures) -> str:
    more = " or more" if orders.open_or_more else ""
    oldest = f", the longest unchanged for {age(orders.oldest.updated_at)}" if orders.oldest else ""
    return f"{orders.open or 'none'}{more} open{oldest}; {orders.parked or 'none'} parked"


def _unavailable(names: list[str]) -> str:
    return f"{', '.join(names)} unavailable" if names else "all available"


def _letters(document: StatusDocument, failures: Failures) -> str:
    held = [f"{each.name}: {letters_of(each)}" for each in document.dead_letters if each.letters]
    empty = f"none in {counted(len(document.dead_letters), 'queue')}" if document.dead_letters else ""
    return "; ".join(filter(None, [*(held or [empty]), *_names(failures, LETTERS)]))


def _alarms(alarms: AlarmFigures, stage: Stage) -> str:
    figures = [
        (len(alarms.raised), "raised"),
        (alarms.ok, "ok"),
        (alarms.insufficient_data, "without data yet"),
        (len(alarms.muted), "muted"),
        (len(alarms.missing), "missing"),
    ]
    engine = "; the local engine evaluates none" if stage.is_local else ""
    return (", ".join(f"{count} {state}" for count, state in figures if count) or "none") + engine


def _deployment(stacks: list[StackState]) -> str:
    busy = [each.name for each in stacks if each.status.endswith("IN_PROGRESS")]
    under_way = f"; under way: {', '.join(busy)}" if busy else ""
    return f"{age(stacks[0].at)} ago, {stacks[0].at}, {counted(len(stacks), 'stack')}{under_way}"
