"""Selects from a stage's state what needs a person, each with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ops.documents.status import AlarmFigures, DeadLetterCount, Finding, OrderFigures, StatusDocument
from ops.stage import Stage
from ordering.domain.clock import seconds_since
from ordering.domain.operator_text import age, counted

STUCK_AFTER = timedelta(hours=1)
"""How long an open order may stay unchanged: the threshold of the alarm OrdersStandStill."""
_RUNBOOKS = "docs/runbooks"


def findings(document: StatusDocument, stage: Stage) -> Iterator[Finding]:
    """Yields what needs a person, the most urgent first."""
    where = "--local" if stage.is_local else f"--stage {stage.name}"
    if document.alarms:
        yield from _alarms(document.alarms)
    for name in document.unavailable or ():
        yield Finding("providers", f"{name}: unavailable, orders wait", f"{_RUNBOOKS}/orders-waiting.md")
    if document.orders:
        yield from _orders(document.orders, where, waiting=bool(document.unavailable))
    for each in document.dead_letters:
        if each.letters:
            do = f"orders-ops dlq {where} --queue {each.name}"
            yield Finding("dead letters", f"{letters_of(each)} in {each.name}", do)
    for stack in document.stacks or ():
        if "ROLLBACK" in stack.status or stack.status.endswith("FAILED"):
            what = f"stack {stack.name} is {stack.status}"
            yield Finding("deployment", what, "see the stack's events, then deploy again: docs/deploying.md")


def letters_of(count: DeadLetterCount) -> str:
    """Returns `1 dead letter`, `1000 dead letters or more`."""
    return f"{counted(count.letters, 'dead letter')}{' or more' if count.or_more else ''}"


def _alarms(alarms: AlarmFigures) -> Iterator[Finding]:
    for alarm in alarms.raised:
        since = f" for {age(alarm.since)}" if alarm.since else ""
        yield Finding("alarms", f"{alarm.name} is raised{since}", alarm.runbook or f"{_RUNBOOKS}/README.md")
    if alarms.muted:
        what = f"alarms with disabled actions, so they notify no one: {', '.join(alarms.muted)}"
        yield Finding("alarms", what, "enable their actions again: aws cloudwatch enable-alarm-actions")
    if alarms.missing:
        what = f"alarms were deleted outside their stacks: {', '.join(alarms.missing)}"
        yield Finding("alarms", what, "restore them: docs/operations.md#what-each-figure-means")


def _orders(orders: OrderFigures, where: str, *, waiting: bool) -> Iterator[Finding]:
    if orders.parked:
        more = " or more" if orders.parked_or_more else ""
        what = f"{counted(orders.parked, 'parked order')}{more}: not driven any more"
        yield Finding("orders", what, f"orders-ops parked {where}; {_RUNBOOKS}/orders-parked.md")
    # While a provider is unavailable, waiting is expected.
    oldest = orders.oldest
    if oldest and not waiting and seconds_since(oldest.updated_at) > STUCK_AFTER.total_seconds():
        what = f"order {oldest.order_id} is {oldest.status} and unchanged for {age(oldest.updated_at)}"
        yield Finding("orders", what, f"orders-ops open {where}; {_RUNBOOKS}/orders-stand-still.md")
    if orders.unreadable:
        what = f"{counted(len(orders.unreadable), 'open order')} cannot be read: {orders.unreadable[0]}"
        yield Finding("orders", what, f"{_RUNBOOKS}/unreadable-records.md")
