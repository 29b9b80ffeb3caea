"""Guarantee 4: an overload of cold functions ends soon after its cause has ended.

The time to process the burst depends on the load of the machine. So it is compared with the time that a few
orders take afterwards, with warm functions. With five drivers of ten orders each, steps of 15 s, calls of 3 s
and workers that stay warm for five minutes, the burst once took 402 s, and no order ended for 231 s. As stage
local is sized, it took 180 s at a load of 15. The drivers adapt their concurrency since then: on 2026-11-29,
at a load of 14, the test passed with those sizes too (110 s in all).
"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from local.web import HttpResponse
from tests.e2e.instances import running_instance
from tests.e2e.shop import ADDRESS, Customer, Shop
from tests.e2e.waiting import until, until_none
from tests.e2e.worker_pool import in_pool

ORDERS, CALLERS, NEIGHBOURS = 64, 8, 4
# After the busy processes have ended, the burst may take this many seconds, or this many times the time of as
# many orders with warm functions, whichever is longer.
WITHIN, TIMES = 180.0, 2.5
AFTERWARDS = 16


@pytest.fixture
def cold_shop() -> Iterator[Shop]:
    """A new instance, whose functions have never run."""
    with running_instance("e2e-cold", evaluate_iam=False) as instance, Shop(instance) as shop:
        yield shop


@contextmanager
def busy_neighbours(count: int) -> Iterator[None]:
    """Run this many processes, each of which keeps a core busy."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def place(shop: Shop, customer: Customer, sku: str, number: int) -> list[HttpResponse]:
    """Send the same order until it is accepted; returns every response."""
    answers: list[HttpResponse] = []

    def accepted() -> bool:
        # No response: retry, as any client does.
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


def seconds_until_all_have_ended(shop: Shop, customer: Customer) -> float:
    """Wait until every order of a customer is fulfilled; returns how long that took."""

    def still_open() -> Counter[str]:
        statuses = (item["status"] for item in shop.tables.orders_of(customer.customer_id))
        return Counter(status for status in statuses if status != "FULFILLED")

    began = time.monotonic()
    until_none("open order", still_open)
    return time.monotonic() - began


@pytest.mark.e2e
def test_a_burst_on_cold_functions_and_a_busy_machine_ends_soon_after_the_load(cold_shop: Shop) -> None:
    shop, buyer = cold_shop, cold_shop.customer("buyer")
    sku = shop.product(units=ORDERS)
    with busy_neighbours(NEIGHBOURS):
        answers = in_pool(ORDERS, CALLERS, lambda number: place(shop, buyer, sku, number))
    took = seconds_until_all_have_ended(shop, buyer)
    assert len(shop.tables.orders_of(buyer.customer_id)) == ORDERS
    shop.check_guarantees()
    later = shop.customer("later")
    more = shop.product(units=AFTERWARDS)
    began = time.monotonic()
    in_pool(AFTERWARDS, CALLERS, lambda number: place(shop, later, more, number))
    pace = (time.monotonic() - began + seconds_until_all_have_ended(shop, later)) / AFTERWARDS
    assert took < max(WITHIN, TIMES * ORDERS * pace), f"the burst took {took:.0f} s; then one {pace:.1f} s"
    refused = [answer for each in answers for answer in each if answer.status >= 500]
    assert {answer.status for answer in refused} <= {503}
    assert all("retry-after" in answer.headers for answer in refused)
    restarted = [item for item in shop.tables.orders_of(buyer.customer_id) if item.get("attempts", 0)]
    assert restarted == [], "the sweep restarted orders whose message was still in the queue"
