"""The trace of a case."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from tests.simulation.faults.kinds import BY_NAME
from tests.simulation.faults.trial import Verdict
from tests.support.backend import Backend


def trace_lines(verdict: Verdict, shop: Backend) -> Iterator[str]:
    """Yields the calls of the case that was run last in `shop`, its results, and the verdict."""
    yield f"{verdict.case}"
    for injection in verdict.case.injections:
        yield f"  call {injection.place} {injection.kind}: {BY_NAME[injection.kind].meaning}"
    yield ""
    injected = {injection.place: injection.kind for injection in verdict.case.injections}
    for step, calls in groupby(shop.calls.made, key=lambda call: call.step):
        again = f", attempt {step.attempt}" if step.attempt > 1 else ""
        yield f"  {step.state} ({step.execution}{again})"
        for call in calls:
            tried = f", try {call.attempt}" if call.attempt > 1 else ""
            mark = f"   <-- {injected[call.place]}" if call.place in injected else ""
            yield f"    {call.place:3}  {call.target}{tried}{mark}"
    yield ""
    yield from (
        f"  execution {each.name}: {each.status:s} {each.error or ''}".rstrip()
        for each in shop.saga.executions
    )
    yield from (f"  lost: {loss}" for loss in shop.functions.losses)
    for item in shop.world.items():
        if item["SK"] == "ORDER":
            yield f"  the order: {' -> '.join(move['status'] for move in item['history'])}"
        elif item["PK"].startswith("ORDER#") and "status" in item:
            yield f"  {item['SK']}: {item['status']}"
    for page in shop.world.provider_records():
        yield f"  the provider's {page['PK'].partition('#')[0].lower()}: {page['status']}"
    yield f"  the customer read: {', '.join(order.status for order in shop.alice.known)}"
    if shop.mailbox.sent:
        yield f"  and notified by mail: {', '.join(mail.subject for mail in shop.mailbox.sent)}"
    yield f"  {len(shop.bus.published)} events, {shop.clock.present:%H:%M:%S} by the clock of the case"
    yield ""
    yield from (f"  VIOLATION {violation}" for violation in verdict.violations)
    yield from (f"  DID NOT FIRE {injection}" for injection in verdict.unfired)
    if verdict.is_good:
        yield "  every guarantee held"
