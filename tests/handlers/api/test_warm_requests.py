"""How many calls of AWS a request makes."""

import pytest

from tests.support.aws_calls import AwsCalls
from tests.support.world import World


@pytest.mark.usefixtures("cursor_secret")
def test_requests_make_no_more_calls_than_they_need(shop: World, calls: AwsCalls) -> None:
    before = calls.count
    order_id = shop.place_order()
    placed = calls.count
    assert shop.api("get_order", "GET /orders/{orderId}", path={"orderId": order_id}).status == 200
    read = calls.count
    assert shop.api("list_orders", "GET /orders").status == 200
    assert (placed - before, read - placed, calls.count - read) == (2, 1, 1)
