"""The WebSocket API: its clients, their connections, and the two functions that serve them."""

import json
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from lambdas.events import announce_orders
from ordering.domain.clock import now
from ordering.domain.events.envelope import Event
from ordering.domain.order import OrderId, Status
from ordering.domain.realtime import Audience
from ordering.repositories.stream import event_of_images
from tests.support import least_privilege
from tests.support.aws_calls import AwsCalls, Send, client_error
from tests.support.builders import image, order
from tests.support.client_calls import Parameters
from tests.support.consumer_tests import message
from tests.support.recorded import queue_event, recorded
from tests.support.world import Context, World


@dataclass
class OpenApi:
    """The API. `gone` are connections that clients have left; `failing` cannot be sent to at the moment."""

    world: World
    calls: AwsCalls
    subscribe_handler: Any
    received: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.calls.always("PostToConnection", self._post)
        self.calls.always("DeleteConnection", self._delete)
        self.calls.always("ChangeMessageVisibilityBatch", lambda parameters, send: {})

    def says(self, body: object, *, connection: str = "one") -> dict[str, Any]:
        """Send a message of a client; text is sent as it is. Returns what the client gets."""
        event = deepcopy(recorded("websocket_message"))
        event["requestContext"]["connectionId"] = connection
        event["body"] = body if isinstance(body, str) else json.dumps(body)
        with least_privilege.within("subscribe"):
            response = self.subscribe_handler(event, Context())
        assert response["statusCode"] == 200
        reply: dict[str, Any] = json.loads(response["body"])
        return reply

    def subscribe(
        self, token: str, *, connection: str = "one", orders: str = Audience.MINE, **more: object
    ) -> dict[str, Any]:
        """Subscribe a connection. Returns what its client gets."""
        body = {"action": "subscribe", "token": token, "orders": orders, **more}
        return self.says(body, connection=connection)

    def happens(self, *events: Event, receives: int = 1) -> list[str]:
        """Deliver events in one batch. Returns the ids of the messages that failed."""
        handler: Any = announce_orders.handler
        with least_privilege.within("announce_orders"):
            response = handler(queue_event(*map(message, events), receives=receives), Context())
        return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]

    def told(self, connection: str = "one") -> list[tuple[str, object]]:
        """Returns the id of each order that a connection was told about, with its status."""
        messages = self.received.get(connection, [])
        assert all(each["type"] == "orderChanged" for each in messages)
        return [(each["orderId"], each.get("status")) for each in messages]

    def connections(self) -> list[str]:
        """Returns the ids of the connections that the table holds."""
        return [item["SK"] for item in self.world.items() if item["PK"].startswith("CONNECTIONS#")]

    def _post(self, parameters: Parameters, send: Send) -> Any:
        connection = parameters["ConnectionId"]
        if connection in self.gone:
            raise client_error("GoneException", "PostToConnection")
        if connection in self.failing:
            raise client_error("InternalServerError", "PostToConnection")
        self.received.setdefault(connection, []).append(json.loads(parameters["Data"]))
        return {}

    def _delete(self, parameters: Parameters, send: Send) -> Any:
        connection = parameters["ConnectionId"]
        if connection in self.gone:
            raise client_error("GoneException", "DeleteConnection")
        self.closed.append(connection)
        self.gone.add(connection)
        return {}


def order_event(
    order_id: str, customer_id: str, *, status: Status = Status.CONFIRMED, version: int = 2
) -> Event:
    """Returns the event of an order that has changed now."""
    changed = replace(
        order(status, version=version),
        order_id=OrderId(order_id),
        customer_id=customer_id,
        updated_at=now(),
    )
    event = event_of_images(None, image(changed))
    assert event
    return event
