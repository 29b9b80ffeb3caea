"""The sweep (`lambdas/scheduled/reconcile_orders.py`), and an order whose payment it has to settle."""

from ordering.domain.clock import ago
from ordering.domain.order import OrderId
from ordering.repositories.keys import order_keys
from tests.support.world import World, invoke


def sweep() -> dict[str, int]:
    """Run the sweep once; returns what it counts."""
    done: dict[str, int] = invoke("scheduled.reconcile_orders", {})
    return done


def closed_but_owing(world: World) -> OrderId:
    """Returns an order that ended an hour ago although its payment is still authorised.

    No step of the saga ends an order like this. If something else does, the sweep settles the payment.
    """
    order_id = world.place_order()
    world.step("reserve_stock", order_id)
    world.step("authorise_payment", order_id)
    names, values = {"#status": "status"}, {":status": "CANCELLED"}
    world.table.update(
        order_keys.order(order_id), "SET #status = :status REMOVE GSI2PK, GSI2SK", names=names, values=values
    )
    world.table.update(order_keys.payment(order_id, 1), "SET GSI2SK = :at", values={":at": ago(hours=1)})
    return order_id
