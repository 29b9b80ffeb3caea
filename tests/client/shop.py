"""The API in memory, behind an HTTP transport: the gateway's part, the real handlers, a saga that moves.

A token is the caller's name, a slash and their scopes: `alice/orders:read orders:write` in base64, as a
token holds no spaces.
"""

import base64
import re
from typing import Any

import httpx

from ordering.http.routes import ROUTES, Route
from ordering.order import OrderId, Status
from orders_client import OrdersClient
from tests.client.support import BASE_URL, StoppedClock
from tests.support.recorded import http_event
from tests.support.world import World, invoke

EVERY_SCOPE = " ".join(sorted({route.scope for route in ROUTES if route.scope}))
# What the saga does with an order that stands there, when nothing goes wrong.
_STEPS = {
    Status.PENDING: ("reserve_stock", "authorise_payment", "confirm_order"),
    Status.CONFIRMED: ("capture_payment", "book_shipment", "complete_order"),
    Status.REJECTING: ("cancel_shipment", "void_or_refund_payment", "release_stock", "close_order"),
    Status.CANCELLING: ("cancel_shipment", "void_or_refund_payment", "release_stock", "close_order"),
}
_REJECTED_BY = {"OUT_OF_STOCK", "DECLINED"}


def token(subject: str = "alice", scopes: str = EVERY_SCOPE) -> str:
    """A token of the shop's."""
    return base64.urlsafe_b64encode(f"{subject}/{scopes}".encode()).decode()


class Shop:
    """Answers requests as the deployed API does. Each reading of an order finds it one status further."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.transport = httpx.MockTransport(self.handle)
        self.requests = 0

    def client(self, subject: str = "alice", scopes: str = EVERY_SCOPE) -> OrdersClient:
        """A client of a caller's."""
        bearer = token(subject, scopes)
        return OrdersClient(BASE_URL, bearer, transport=self.transport, clock=StoppedClock())

    def handle(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request."""
        self.requests += 1
        for route in ROUTES:
            names = re.findall(r"{(\w+)}", route.path)
            path = re.fullmatch(re.sub(r"{\w+}", "([^/]+)", route.path), request.url.path)
            if path and route.method == request.method:
                return self._gate(route, dict(zip(names, path.groups(), strict=True)), request)
        return self._own(404, "Not Found")

    def _gate(self, route: Route, path: dict[str, str], request: httpx.Request) -> httpx.Response:
        subject, scopes = "nobody", ""
        if route.scope:
            try:
                bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
                subject, scopes = base64.urlsafe_b64decode(bearer).decode().split("/", 1)
            except ValueError:
                return self._own(401, "Unauthorized")
            if route.scope not in scopes.split():
                return self._own(403, "Forbidden")
        event = http_event(
            route.key,
            body=request.content.decode() or None,
            path=path,
            query=dict(request.url.params),
            # The bearer is the shop's own kind of token: the handlers are given the gateway's.
            headers={name: value for name, value in request.headers.items() if name != "authorization"},
            subject=subject,
        )
        if not request.content:
            event.pop("body", None)
        if not route.scope:
            del event["requestContext"]["authorizer"]
        answer = self._answered(invoke(f"api.{route.handler}", event))
        if route.handler == "get_order" and answer.is_success:
            self._move(OrderId(path["orderId"]))
        return answer

    def _answered(self, answer: dict[str, Any]) -> httpx.Response:
        headers = {**answer["headers"], "apigw-requestid": f"Gw{self.requests}="}
        return httpx.Response(answer["statusCode"], headers=headers, text=answer.get("body", ""))

    def _own(self, status: int, message: str) -> httpx.Response:
        headers = {"apigw-requestid": f"Gw{self.requests}="}
        return httpx.Response(status, headers=headers, json={"message": message})

    def _move(self, order_id: OrderId) -> None:
        for step in _STEPS.get(self.world.story(order_id).order.status, ()):
            if self.world.step(step, order_id) in _REJECTED_BY:
                self.world.step("reject_order", order_id)
                return
