"""A client with a scripted server, and with a clock that advances only when the client sleeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from orders_client import Address, OrdersClient

TOKEN = "header.a-secret-payload.signature"
BASE_URL = "https://api.example.com"
ADDRESS = Address(
    name="Ada Lovelace", line1="12 St James's Square", city="London", postal_code="SW1Y 4JH", country="GB"
)
ORDER_ID = "67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc"

Step = httpx.Response | Exception


@dataclass
class StoppedClock:
    """A clock that advances only by `sleep` and by the server's `seconds`."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Server:
    """Returns or raises its `steps` one after the other, and stores the requests.

    Each request advances the clock by `seconds`.
    """

    steps: list[Step]
    clock: StoppedClock = field(default_factory=StoppedClock)
    seconds: float = 0.0
    requests: list[httpx.Request] = field(default_factory=list)

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.clock.now += self.seconds
        assert self.steps, f"one request too many: {request}"
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    @property
    def request(self) -> httpx.Request:
        """The only request."""
        (request,) = self.requests
        return request

    def client(self, base_url: str = BASE_URL, token: Any = TOKEN, **options: Any) -> OrdersClient:
        """A client of this server."""
        transport = httpx.MockTransport(self.handle)
        return OrdersClient(base_url, token, transport=transport, clock=self.clock, **options)


def serving(*steps: Step, seconds: float = 0.0) -> Server:
    """A server that returns or raises these steps, one after the other."""
    return Server(list(steps), seconds=seconds)


def response(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """A response of the API."""
    sent = {"content-type": "application/json", **(headers or {})}
    return httpx.Response(status, headers=sent, content=msgspec.json.encode(body))


def gateway(status: int, message: str = "Service Unavailable", **headers: str) -> httpx.Response:
    """A response of the gateway itself."""
    return response({"message": message}, status, headers)


def problem(status: int, slug: str, detail: str = "Why.", **more: Any) -> httpx.Response:
    """A problem of the API."""
    body = {
        "type": f"urn:problem-type:{slug}",
        "title": "What",
        "status": status,
        "detail": detail,
        "instance": "urn:request:Rq1=",
        **more,
    }
    return response(body, status, {"content-type": "application/problem+json"})


def order(**fields: Any) -> dict[str, Any]:
    """An order in the format of the API."""
    money = {"amount": 2500, "currency": "EUR"}
    nothing = {"amount": 0, "currency": "EUR"}
    return {
        "orderId": ORDER_ID,
        "status": "PENDING",
        "lines": [
            {
                "sku": "MUG-RED",
                "name": "Enamel mug, red",
                "quantity": 2,
                "unitPrice": {"amount": 1250, "currency": "EUR"},
                "total": money,
            }
        ],
        "subtotal": money,
        "tax": nothing,
        "shipping": nothing,
        "discount": nothing,
        "total": money,
        "createdAt": "2026-11-21T12:00:00.000Z",
        "updatedAt": "2026-11-21T12:00:00.000Z",
        "version": 1,
        "history": [{"status": "PENDING", "at": "2026-11-21T12:00:00.000Z"}],
        **fields,
    }


def summary(order_id: str = ORDER_ID) -> dict[str, Any]:
    """An order in the format of a list."""
    wanted = ("status", "total", "createdAt", "updatedAt", "version")
    return {"orderId": order_id, **{name: order()[name] for name in wanted}}


def product(sku: str = "MUG-RED", **fields: Any) -> dict[str, Any]:
    """A product in the format of the API."""
    return {
        "sku": sku,
        "name": "Enamel mug, red",
        "price": {"amount": 1250, "currency": "EUR"},
        "available": 10,
        "createdAt": "2026-11-21T12:00:00.000Z",
        "updatedAt": "2026-11-21T12:00:00.000Z",
        "version": 1,
        **fields,
    }
