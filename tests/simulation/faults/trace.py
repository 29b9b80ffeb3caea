"""What happened in a case, told step by step."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from tests.simulation.faults.kinds import BY_NAME
from tests.simulation.faults.trial import Verdict
from tests.support.backend import Backend


def story(verdict: Verdict, shop: Backend) -> Iterator[str]:
    """The calls of a case that was performed last in `shop`, what became of it, and the verdict."""
    yield f"{verdict.case}"
    for blow in verdict.case.blows:
        yield f"  call {blow.place} {blow.kind}: {BY_NAME[blow.kind].meaning}"
    yield ""
    struck = {blow.place: blow.kind for blow in verdict.case.blows}
    for step, calls in groupby(shop.calls.made, key=lambda call: call.step):
        again = f", attempt {step.attempt}" if step.attempt > 1 else ""
        yield f"  {step.state} ({step.execution}{again})"
        for call in calls:
            tried = f", try {call.attempt}" if call.attempt > 1 else ""
            mark = f"   <-- {struck[call.place]}" if call.place in struck else ""
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
    for page in shop.world.pages():
        yield f"  the provider's {page['PK'].partition('#')[0].lower()}: {page['status']}"
    yield f"  the customer was told: {', '.join(order.status for order in shop.alice.known)}"
    if shop.post.sent:
        yield f"  and by mail: {', '.join(mail.subject for mail in shop.post.sent)}"
    yield f"  {len(shop.bus.published)} events, {shop.clock.present:%H:%M:%S} by the clock of the case"
    yield ""
    yield from (f"  VIOLATION {violation}" for violation in verdict.violations)
    yield from (f"  DID NOT FIRE {blow}" for blow in verdict.unfired)
    if verdict.is_good:
        yield "  every promise was kept"
