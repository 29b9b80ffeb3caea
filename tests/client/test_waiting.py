"""`wait_for_order`."""

import httpx
import pytest

from orders_client import NoResponse, NotFound, OrderStatus, OrderStillOpen
from tests.client.support import ORDER_ID, gateway, order, problem, response, serving


@pytest.mark.parametrize("status", ["FULFILLED", "REJECTED", "CANCELLED"])
def test_wait_for_order_returns_the_ended_order(status: str) -> None:
    steps = [
        response(order(status=each)) for each in ("PENDING", "CONFIRMED", "REJECTING", "CANCELLING", status)
    ]
    server = serving(*steps)
    assert server.client().wait_for_order(ORDER_ID).status == status
    assert len(server.clock.slept) == 4


def test_order_is_polled_at_growing_intervals_with_jitter() -> None:
    server = serving(*(response(order()) for _ in range(30)), response(order(status="FULFILLED")))
    server.client().wait_for_order(ORDER_ID, deadline=600)
    slept = server.clock.slept
    assert 0.125 <= slept[0] <= 0.25
    assert all(1.5 <= pause <= 3.0 for pause in slept[10:])
    assert len(set(slept)) == len(slept)


def test_order_still_open_has_the_last_state_of_the_order() -> None:
    server = serving(*(response(order(status="CONFIRMED")) for _ in range(100)))
    with pytest.raises(OrderStillOpen, match=f"order {ORDER_ID} is still CONFIRMED after 10 s") as error:
        server.client().wait_for_order(ORDER_ID, deadline=10)
    assert error.value.order.status is OrderStatus.CONFIRMED
    assert sum(server.clock.slept) == pytest.approx(10)


def test_an_unknown_status_counts_as_open() -> None:
    server = serving(response(order(status="ON_HOLD")), response(order(status="FULFILLED")))
    assert server.client().wait_for_order(ORDER_ID).status is OrderStatus.FULFILLED


def test_a_transient_fault_does_not_end_the_wait() -> None:
    server = serving(gateway(503), httpx.ReadTimeout("slow"), response(order(status="FULFILLED")))
    assert server.client().wait_for_order(ORDER_ID).status is OrderStatus.FULFILLED


def test_an_order_that_does_not_exist_raises_at_once() -> None:
    with pytest.raises(NotFound):
        serving(problem(404, "order-not-found")).client().wait_for_order(ORDER_ID)


def test_a_read_takes_no_longer_than_the_remaining_time() -> None:
    server = serving(*(httpx.ReadTimeout("slow") for _ in range(9)), seconds=4)
    with pytest.raises(NoResponse):
        server.client().wait_for_order(ORDER_ID, deadline=5)
    assert [request.extensions["timeout"]["read"] <= 5 for request in server.requests] == [True, True]
