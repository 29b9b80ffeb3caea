"""The totals of sales at the end of a run must be the sums over the orders in the table."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Item = Mapping[str, Any]


def violations(items: Sequence[Item]) -> Iterator[str]:
    """Yields each number that differs between the rows and the orders."""
    expected: Counter[str] = Counter()
    orders = {item["orderId"]: item for item in items if item["SK"] == "ORDER"}
    for order in orders.values():
        if order["status"] == "FULFILLED":
            expected["orders"] += 1
            expected["units"] += sum(line["quantity"] for line in order["lines"])
            expected["revenue"] += order["total"]
        if order["status"] == "CANCELLED":
            expected["cancellations"] += 1
            expected["cancelled"] += order["total"]
    for refund in items:
        if refund["SK"] == "REFUND" and refund["status"] == "REFUNDED":
            expected["refunds"] += 1
            expected["refunded"] += refund["amount"]
    rows = [item for item in items if item["PK"].startswith("SALES#")]
    for prefix, once in (("CATEGORY#", True), ("PRODUCT#", False)):
        found: Counter[str] = Counter()
        for row in rows:
            if row["SK"].startswith(prefix):
                for name in ("units", "revenue", "refunded", "cancelled"):
                    found[name] += row.get(name, 0)
                for name in ("orders", "refunds", "cancellations"):
                    # The sum over products counts an order with two of them twice.
                    found[name] += row.get(f"first{name.capitalize()}", 0) if once else 0
        for name in expected.keys() | found.keys():
            comparable = once or name in ("units", "revenue", "refunded", "cancelled")
            if comparable and found[name] != expected[name]:
                yield f"5: the totals have {name} {found[name]}, and the orders {expected[name]}"
