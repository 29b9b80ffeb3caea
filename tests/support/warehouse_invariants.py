"""Guarantee 5, for pick lists:

- Each fulfilled order has a pick list, with its lines. No other order has one.
- It is sent once. It is sent a second time only if the process or the response of SQS was lost after SQS had
  accepted it and before that was recorded; both have the same content.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from tests.support.calls import InjectedFault
from tests.support.mail_invariants import is_in_doubt
from tests.support.pick_lists import SentPickList
from tests.support.table_stream import Change

_RECORDS = "CONSUMER#notify_warehouse#"


def violations(
    changes: Sequence[Change],
    sent: Sequence[SentPickList],
    injected: Iterable[InjectedFault],
    items: Sequence[dict[str, Any]],
) -> Iterator[str]:
    """Yields the violations, as sentences. `injected`: the faults that fired; `items`: the table."""
    orders = {item["orderId"]: item for item in items if item["SK"] == "ORDER"}
    by_order: dict[str, list[SentPickList]] = defaultdict(list)
    for each in sent:
        by_order[each.body["orderId"]].append(each)
    recorded = _recorded_at(changes)
    faults = tuple(injected)
    for order_id, order in orders.items():
        lists = by_order.pop(order_id, [])
        if bool(lists) != (order["status"] == "FULFILLED"):
            yield f"5: order {order_id} is {order['status']} and has {len(lists)} pick lists"
        ordered = [(line["sku"], line["quantity"]) for line in order["lines"]]
        for each in lists:
            if [(line["sku"], line["quantity"]) for line in each.body["lines"]] != ordered:
                yield f"5: the pick list of order {order_id} has other lines: {each.body['lines']}"
        for first, again in pairwise(lists):
            if first.body != again.body:
                yield f"5: the pick lists of order {order_id} differ"
            if recorded is not None and recorded <= again.changes:
                yield f"5: order {order_id}: its pick list was sent again after it was recorded"
            elif not is_in_doubt(first.call, faults):
                yield f"5: order {order_id}: its pick list was sent twice without need"
    for order_id in by_order:
        yield f"5: there is a pick list of order {order_id}, which does not exist"


def _recorded_at(changes: Sequence[Change]) -> int | None:
    """Returns the position, from 1, of the change that records the pick list; None if there is none.

    A journey has one order, and one of its events is handled.
    """
    for place, change in enumerate(changes, start=1):
        image = change.new
        if image and image["PK"]["S"].startswith(_RECORDS) and "handledAt" in image:
            return place
    return None
