"""Orders and executions for the tests of drive_order."""

import json
from typing import Any

from ordering.domain.order import Order, OrderId
from ordering.repositories.keys import order_keys
from tests.support.driving import Ending, ends
from tests.support.orders import overwrite
from tests.support.world import World


def order_of(world: World, order_id: OrderId) -> Order:
    return world.details(order_id).order


def lambda_error(name: str, said: str) -> Ending:
    """Returns the end of an execution that failed with a step's exception, as Step Functions reports it."""
    cause = json.dumps({"errorMessage": said, "errorType": name, "stackTrace": []})
    return ends("FAILED", error=name, cause=cause)


AWAY = lambda_error("GatewayUnavailable", "payments: no answer")


OWN = lambda_error("KeyError", "'lines'")


PLATFORM = lambda_error(
    "ClientError", "An error occurred (ThrottlingException) when calling the Query operation"
)


def some_orders(world: World, count: int) -> list[OrderId]:
    """Returns orders that were just placed."""
    world.stocked(units=100)
    return [world.place_order() for _ in range(count)]


def leased(world: World, order_id: str) -> list[dict[str, Any]]:
    return [item for item in world.items() if item["PK"] == f"LEASE#{order_id}"]


def overwrite_order(world: World, order_id: OrderId, **values: object) -> None:
    overwrite(world, order_keys.order(order_id), **values)
