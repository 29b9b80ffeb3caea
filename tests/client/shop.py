"""The API in memory, behind an HTTP transport: a gateway, the real handlers, and the steps of the saga."""

from typing import Any

import httpx

from ordering.domain.order import OrderId, Status
from orders_client import OrdersClient
from tests.client.support import BASE_URL, StoppedClock
from tests.support.gateway import EVERY_SCOPE, Gateway, token
from tests.support.world import World, invoke

# The steps of the saga for an order with this status, if none of them fails.
_STEPS = {
    Status.PENDING: ("reserve_stock", "authorise_payment", "confirm_order"),
    Status.CONFIRMED: ("capture_payment", "book_shipment", "complete_order"),
    Status.REJECTING: ("cancel_shipment", "void_or_refund_payment", "release_stock", "close_order"),
    Status.CANCELLING: ("cancel_shipment", "void_or_refund_payment", "release_stock", "close_order"),
}
_REJECTED_BY = {"OUT_OF_STOCK", "DECLINED"}


class Shop:
    """Handles requests as the deployed API does. Each read of an order then advances it by one status."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.is_paused = False
        """Whether orders stay as they are."""
        self.handle = Gateway(self._call).handle
        self.transport = httpx.MockTransport(self.handle)

    def client(self, subject: str = "alice", scopes: str = EVERY_SCOPE) -> OrdersClient:
        """A client with a token of this caller."""
        bearer = token(subject, scopes)
        return OrdersClient(BASE_URL, bearer, transport=self.transport, clock=StoppedClock())

    def _call(self, handler: str, event: dict[str, Any]) -> dict[str, Any]:
        response: dict[str, Any] = invoke(handler, event)
        if handler == "api.get_order" and response["statusCode"] == 200 and not self.is_paused:
            self._advance(OrderId(event["pathParameters"]["orderId"]))
        return response

    def _advance(self, order_id: OrderId) -> None:
        for step in _STEPS.get(self.world.details(order_id).order.status, ()):
            if self.world.step(step, order_id) in _REJECTED_BY:
                self.world.step("reject_order", order_id)
                return
