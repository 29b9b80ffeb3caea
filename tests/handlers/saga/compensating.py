"""Orders that give back what they took, and the records of the providers about them."""

from typing import Any

from ordering.domain.order import OrderId, Status
from ordering.repositories.keys import order_keys
from tests.support.orders import an_order, overwrite
from tests.support.world import World


def turned_back(world: World, point: str, **body: str) -> OrderId:
    """Returns an order that reached a point (of `tests.support.orders.WAYS`) and is being cancelled."""
    order_id = an_order(world, point, **body)
    overwrite(world, order_keys.order(order_id), status=Status.CANCELLING)
    return order_id


def records(world: World, kind: str) -> list[dict[str, Any]]:
    """Returns the records of a provider: of `PAYMENT#` or `SHIPMENT#`."""
    return [record for record in world.provider_records() if record["PK"].startswith(kind)]
