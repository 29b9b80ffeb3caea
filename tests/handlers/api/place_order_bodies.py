"""Bodies of POST /orders, and the orders that were written."""

from typing import Any

from ordering.domain.identity import customer_id
from tests.support.recorded import ISSUER
from tests.support.world import ADDRESS, World, order_body

ALICE = customer_id(ISSUER, "alice")


def orders_of(world: World) -> list[dict[str, Any]]:
    return [item for item in world.items() if item["SK"] == "ORDER"]


def the_order(world: World) -> dict[str, Any]:
    (order,) = orders_of(world)
    return order


def body_with(**changed: Any) -> dict[str, Any]:
    return order_body() | changed


def line(**changed: Any) -> dict[str, Any]:
    return body_with(lines=[{"sku": "MUG-RED", "quantity": 1} | changed])


def address(**changed: Any) -> dict[str, Any]:
    return body_with(shippingAddress=ADDRESS | changed)
