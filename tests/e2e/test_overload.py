"""More than the machine can do, from cold: it ends with the load that caused it. Guarantee 4."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from local.web import Answer
from tests.e2e.instances import running
from tests.e2e.shop import ADDRESS, Customer, Shop
from tests.e2e.waiting import until, until_none
from tests.e2e.worker_pool import by_turns
from tests.support.invariants import check

ORDERS, CALLERS, NEIGHBOURS = 64, 8, 4
# From when the neighbours have stopped.
WITHIN = 180.0


@pytest.fixture
def cold_shop() -> Iterator[Shop]:
    """A local run of its own, none of whose functions has ever run."""
    with running("e2e-cold") as instance, Shop(instance) as shop:
        yield shop


@contextmanager
def busy_neighbours(count: int) -> Iterator[None]:
    """Processes that keep a core busy each, meanwhile."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def place(shop: Shop, customer: Customer, sku: str, number: int) -> list[Answer]:
    """Place an order as often as it takes; returns every answer."""
    answers: list[Answer] = []

    def accepted() -> bool:
        # A connection that was not accepted in time is tried again, as any client does.
        with suppress(OSError):
            answers.append(
                shop.send(
                    "POST",
                    "/orders",
                    token=customer.token,
                    body={
                        "lines": [{"sku": sku, "quantity": 1}],
                        "paymentToken": "tok_ok",
                        "shippingAddress": {
                            "name": ADDRESS.name,
                            "line1": ADDRESS.line1,
                            "city": ADDRESS.city,
                            "postalCode": ADDRESS.postal_code,
                            "country": ADDRESS.country,
                        },
                    },
                    headers={"Idempotency-Key": f"order-{number}"},
                )
            )
        return bool(answers) and answers[-1].status == 202

    until(f"order {number} to be accepted", accepted)
    return answers


@pytest.mark.e2e
def test_sixty_four_orders_from_cold_beside_busy_neighbours_end_once_these_have_gone(cold_shop: Shop) -> None:
    shop, crowd = cold_shop, cold_shop.customer("crowd")
    sku = shop.product(units=ORDERS)
    with busy_neighbours(NEIGHBOURS):
        answers = by_turns(ORDERS, CALLERS, lambda number: place(shop, crowd, sku, number))
    stopped = time.monotonic()

    def still_open() -> Counter[str]:
        statuses = (item["status"] for item in shop.tables.orders_of(crowd.customer_id))
        return Counter(status for status in statuses if status != "FULFILLED")

    until_none("open order", still_open, within=WITHIN)
    took = time.monotonic() - stopped
    assert took < WITHIN
    assert len(shop.tables.orders_of(crowd.customer_id)) == ORDERS
    shop.settle()
    check(shop.tables)
    refused = [answer for each in answers for answer in each if answer.status >= 500]
    assert {answer.status for answer in refused} <= {503}
    assert all("retry-after" in answer.headers for answer in refused)
    twice = [item for item in shop.tables.orders_of(crowd.customer_id) if item.get("attempts", 0)]
    assert twice == [], "nobody was nudged while a message waited"
