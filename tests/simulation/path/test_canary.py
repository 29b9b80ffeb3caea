"""The canary order takes the path of customers' orders, moves nothing, and is measured, whatever fails."""

import base64
import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from lambdas.scheduled import place_canary_order as canary
from ordering import http_client
from ordering.aws.logging import logger
from ordering.domain.canary import SCOPE, SKU
from ordering.domain.events.orders import OrderEvent
from ordering.domain.events.reading import event_of_detail
from ordering.domain.measurements import measurements
from ordering.domain.product import Sku
from ordering.http_client import NoResponse, ReceivedResponse
from ordering.repositories.keys import order_keys, product_keys
from tests.support import event_invariants, invariants
from tests.support.aws_responses import ServiceError
from tests.support.backend import Backend
from tests.support.environment import CANARY_SECRET_ARN
from tests.support.faults import ProcessLost, Unavailable, fail
from tests.support.gateway import EVERY_SCOPE, Gateway, token
from tests.support.injection_points import before_call
from tests.support.logs import Logs, kept
from tests.support.orders import overwrite
from tests.support.world import World, invoke, order_body

AT = "2026-11-21T12:01:00Z"
NEXT = "2026-11-21T12:06:00Z"
SECRET = "the/secret of the client+"
Turn = Callable[[Callable[[], ReceivedResponse]], ReceivedResponse]


@contextmanager
def other_processes() -> Iterator[None]:
    """Other functions that run at the same time do not change the log keys of the canary's process."""
    ours = dict(logger.get_current_keys())
    try:
        yield
    finally:
        logger.remove_keys([*logger.get_current_keys().keys() - ours.keys()])
        logger.append_keys(**ours)


class Network:
    """The canary's requests to the gateway and to the issuer, and the faults injected there."""

    def __init__(self, shop: Backend) -> None:
        self._gateway = Gateway(shop.functions.call)
        self._shop = shop
        self.sent: list[tuple[str, str]] = []
        self.turns: dict[int, Turn] = {}
        """request, by its number from 1 → what happens instead."""
        self.always: Turn | None = None
        self.scopes = f"{EVERY_SCOPE} {SCOPE}"
        self.headers: list[dict[str, str]] = []

    def send(
        self, method: str, url: str, *, headers: dict[str, str], body: bytes | None = None, seconds: float
    ) -> ReceivedResponse:
        assert seconds <= canary.REQUEST_SECONDS
        self.sent.append((method, url))
        self.headers.append(headers)

        def respond() -> ReceivedResponse:
            if url == canary.TOKEN_URL:
                return self._token(headers, body or b"")
            with other_processes():
                answer = self._gateway.handle(httpx.Request(method, url, headers=headers, content=body))
            return ReceivedResponse(answer.status_code, dict(answer.headers), answer.content)

        turn = self.turns.get(len(self.sent), self.always)
        return turn(respond) if turn else respond()

    def secret(self, parameters: Mapping[str, Any]) -> dict[str, str]:
        """Serve GetSecretValue."""
        self.sent.append(("GetSecretValue", parameters["SecretId"]))
        self.headers.append({})

        turn = self.turns.get(len(self.sent))
        if turn:
            turn(lambda: ReceivedResponse(200, {}, b""))
        assert parameters["SecretId"] == CANARY_SECRET_ARN
        return {"ARN": CANARY_SECRET_ARN, "SecretString": SECRET}

    def _token(self, headers: dict[str, str], body: bytes) -> ReceivedResponse:
        kind, _, credentials = headers["Authorization"].partition(" ")
        name, _, secret = base64.b64decode(credentials).decode().partition(":")
        # RFC 6749, section 2.3.1.
        assert (kind, name, secret) == ("Basic", "canary", "the%2Fsecret%20of%20the%20client%2B")
        assert body == (b"grant_type=client_credentials&scope=orders%3Aread+orders%3Awrite+orders%3Acanary")
        found = {"access_token": token("canary", self.scopes), "token_type": "Bearer", "expires_in": 3600}
        return ReceivedResponse(200, {}, json.dumps(found).encode())

    def to(self, method: str, path: str) -> list[tuple[str, str]]:
        """The requests to a path of the API."""
        return [each for each in self.sent if each[0] == method and each[1].endswith(path)]


def invoked(event: dict[str, Any]) -> Any:
    return invoke("scheduled.place_canary_order", event)


@pytest.fixture
def network(shop: Backend, monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    network = Network(shop)
    monkeypatch.setattr(http_client, "send", network.send)
    shop.calls.serve("secrets-manager.GetSecretValue", network.secret)

    def sleep(seconds: float) -> None:
        with other_processes():
            shop.clock.sleep(seconds)

    monkeypatch.setattr(canary, "sleep", sleep)
    monkeypatch.setattr(canary, "time", SimpleNamespace(monotonic=shop.clock.monotonic))
    canary.tokens.forget()
    yield network
    canary.tokens.forget()


@pytest.fixture
def logs(shop: Backend) -> Iterator[Logs]:
    with kept() as logs:
        yield logs


@pytest.fixture
def run(network: Network, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, float]]:
    """Run the canary once; returns the metrics that it wrote."""

    def run(at: str = AT) -> dict[str, float]:
        capsys.readouterr()
        invoked({"scheduledAt": at})
        (line,) = [json.loads(each) for each in capsys.readouterr().out.splitlines() if '"_aws"' in each]
        names = [m["Name"] for d in line["_aws"]["CloudWatchMetrics"] for m in d["Metrics"]]
        return {name: float(line[name][0]) for name in names}

    return run


def orders(shop: Backend) -> list[dict[str, Any]]:
    return [item for item in shop.world.items() if item["SK"] == order_keys.ORDER]


def check(shop: Backend) -> None:
    """Check that every guarantee holds, and that no unit, no money and no goods have moved."""
    invariants.check(shop.world)
    ids = {str(item["orderId"]) for item in orders(shop)}
    found = event_invariants.violations(
        shop.stream.changes, shop.bus.published, shop.world.items(), ids, keys=len(ids)
    )
    assert not found, found
    assert shop.world.provider_records() == []
    kinds = {item["SK"].partition("#")[0] for item in shop.world.items() if item["PK"].startswith("ORDER#")}
    assert kinds <= {order_keys.ORDER, order_keys.ADDRESS}


Run = Callable[..., dict[str, float]]


def test_canary_order_ends_rejected_and_is_measured(shop: Backend, network: Network, run: Run) -> None:
    measured = run()
    (order,) = orders(shop)
    assert (order["status"], order["reason"], order["total"]) == ("REJECTED", "OUT_OF_STOCK", 0)
    assert measured["CanaryOrdersFailed"] == 0
    assert 0 < measured["CanaryOrderTime"] < 60_000
    check(shop)


def test_repeated_invocation_follows_the_same_order(shop: Backend, network: Network, run: Run) -> None:
    """Guarantee 1: the scheduled time is the key."""
    first = run()
    assert run() == first
    assert len(orders(shop)) == 1
    run(NEXT)
    assert len(orders(shop)) == 2
    check(shop)


def test_one_token_serves_until_it_expires(shop: Backend, network: Network, run: Run) -> None:
    """Cognito bills each token."""
    run()
    run(NEXT)
    assert len(network.to("POST", "/oauth2/token")) == 1
    shop.clock.move(3600 - canary.TOKEN_MARGIN_SECONDS)
    run("2026-11-21T13:01:00Z")
    assert len(network.to("POST", "/oauth2/token")) == 2


def _lost_before(respond: Callable[[], ReceivedResponse]) -> ReceivedResponse:
    raise ProcessLost


def _lost_after(respond: Callable[[], ReceivedResponse]) -> ReceivedResponse:
    respond()
    raise ProcessLost


def _no_response(respond: Callable[[], ReceivedResponse]) -> ReceivedResponse:
    raise NoResponse("timed out")


def _response_lost(respond: Callable[[], ReceivedResponse]) -> ReceivedResponse:
    respond()
    raise NoResponse("timed out")


def _throttled(respond: Callable[[], ReceivedResponse]) -> ReceivedResponse:
    return ReceivedResponse(429, {}, b'{"message":"Too Many Requests"}')


def _fault(respond: Callable[[], ReceivedResponse]) -> ReceivedResponse:
    respond()
    return ReceivedResponse(500, {}, b"")


def _refused(respond: Callable[[], ReceivedResponse]) -> ReceivedResponse:
    return ReceivedResponse(401, {}, b'{"message":"Unauthorized"}')


def _secret_unavailable(respond: Callable[[], ReceivedResponse]) -> ReceivedResponse:
    raise ServiceError(500, "InternalServiceError")


# How often the SDK sends GetSecretValue before the canary gets its error.
ATTEMPTS = 2
# The secret, the token, POST /orders, and at least one GET.
REQUESTS = (1, 2, 3, 4)


@pytest.mark.parametrize("number", REQUESTS)
@pytest.mark.parametrize("death", [_lost_before, _lost_after])
def test_canary_that_dies_at_any_request_places_one_order(
    shop: Backend, network: Network, run: Run, number: int, death: Turn
) -> None:
    """Guarantee 1: Lambda and EventBridge Scheduler may invoke it again with the same event."""
    network.turns[number] = death
    with pytest.raises(ProcessLost):
        run()
    shop.run_to_the_end()
    placed = len(orders(shop))
    assert placed <= 1
    assert run()["CanaryOrdersFailed"] == 0
    assert len(orders(shop)) == 1
    check(shop)


@pytest.mark.parametrize("number", REQUESTS)
@pytest.mark.parametrize("fault", [_no_response, _response_lost, _throttled, _fault])
def test_transient_failure_of_any_request_is_retried(
    shop: Backend, network: Network, run: Run, number: int, fault: Turn
) -> None:
    if number == 1:
        # Each attempt of the SDK.
        network.turns |= dict.fromkeys(range(1, 1 + ATTEMPTS), _secret_unavailable)
    else:
        network.turns[number] = fault
    assert run()["CanaryOrdersFailed"] == 0
    assert len(orders(shop)) == 1
    check(shop)


def test_token_that_the_api_refuses_is_replaced(shop: Backend, network: Network, run: Run) -> None:
    network.turns[3] = _refused
    assert run()["CanaryOrdersFailed"] == 0
    assert len(network.to("POST", "/oauth2/token")) == 2


@pytest.mark.parametrize("fault", [_no_response, _throttled, _fault, _refused])
def test_canary_fails_in_time_while_nothing_responds(
    shop: Backend, network: Network, run: Run, logs: Logs, fault: Turn
) -> None:
    network.always = fault
    begun = shop.clock.monotonic()
    measured = run()
    assert measured == {"CanaryOrdersFailed": 1}
    assert shop.clock.monotonic() - begun <= canary.FOLLOW_SECONDS
    (error,) = [line for line in logs.lines if line["level"] == "ERROR"]
    assert error["message"] == "canary order failed"


def test_order_that_does_not_end_fails(shop: Backend, network: Network, run: Run, logs: Logs) -> None:
    shop.clock.while_asleep = None
    assert run() == {"CanaryOrdersFailed": 1}
    (error,) = [line for line in logs.lines if line["level"] == "ERROR"]
    assert error["cause"] == "the order is still PENDING after 75 s"
    shop.run_to_the_end()
    check(shop)


def test_order_that_ends_late_fails_even_if_it_is_read_late(
    shop: Backend, network: Network, run: Run
) -> None:
    shop.clock.while_asleep = None
    run()
    shop.clock.move(100)
    shop.run_to_the_end()
    assert run() == {"CanaryOrdersFailed": 1}


def test_order_with_another_final_status_fails(shop: Backend, network: Network, run: Run, logs: Logs) -> None:
    shop.clock.while_asleep = None
    run()
    (order,) = orders(shop)
    overwrite(shop.world, order_keys.order(order["orderId"]), status="CANCELLED", reason="CUSTOMER_REQUEST")
    assert run() == {"CanaryOrdersFailed": 1}
    causes = [line["cause"] for line in logs.lines if line["level"] == "ERROR"]
    assert causes[-1] == "the order ended CANCELLED CUSTOMER_REQUEST, expected REJECTED OUT_OF_STOCK"


def test_canary_without_its_scope_fails_at_once(
    shop: Backend, network: Network, run: Run, logs: Logs
) -> None:
    network.scopes = EVERY_SCOPE
    assert run() == {"CanaryOrdersFailed": 1}
    (error,) = [line for line in logs.lines if line["level"] == "ERROR"]
    assert error["cause"].startswith("POST /orders returned 422: ")
    assert len(network.to("POST", "/orders")) == 1


@pytest.mark.parametrize(
    "turn",
    [
        lambda respond: ReceivedResponse(202, {}, b"not JSON"),
        lambda respond: ReceivedResponse(202, {}, b"{}"),
        lambda respond: ReceivedResponse(302, {"location": "http://example.com"}, b"<html>"),
    ],
)
def test_response_that_is_not_an_order_fails(network: Network, run: Run, turn: Turn) -> None:
    network.turns[3] = turn
    assert run() == {"CanaryOrdersFailed": 1}


@pytest.mark.parametrize(
    "turn",
    [
        lambda respond: ReceivedResponse(400, {}, b'{"error":"invalid_client"}'),
        lambda respond: ReceivedResponse(200, {}, b"not JSON"),
    ],
)
def test_issuer_that_returns_no_token_is_asked_again(network: Network, run: Run, turn: Turn) -> None:
    network.turns[2] = turn
    assert run()["CanaryOrdersFailed"] == 0


def test_unexpected_error_counts_as_a_failure(
    network: Network, run: Run, monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    monkeypatch.setattr(canary, "_place", lambda key, deadline: 1 / 0)
    assert run() == {"CanaryOrdersFailed": 1}
    assert [line["level"] for line in logs.lines] == ["ERROR"]


@pytest.mark.parametrize(
    "event", [{}, {"scheduledAt": 7}, {"scheduledAt": "noon"}, {"scheduledAt": "2026-11-28"}]
)
def test_event_without_a_scheduled_time_is_refused(network: Network, event: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"scheduledAt: .* is not a time"):
        invoked(event)
    assert network.sent == []


def test_failing_saga_fails_the_canary(shop: Backend, network: Network, run: Run) -> None:
    shop.calls.at(before_call(to="sfn.StartSyncExecution"), fail(Unavailable), times=None)
    assert run() == {"CanaryOrdersFailed": 1}


# -- invisible to customers and partners ------------------------------------------------------


def test_canary_orders_are_not_counted_in_business_metrics(shop: Backend, network: Network, run: Run) -> None:
    run()
    published = [event_of_detail(event) for event in shop.bus.published]
    assert [event.type for event in published if isinstance(event, OrderEvent)] == [
        "OrderPlaced",
        "OrderRejected",
    ]
    assert [figure for event in published for figure in measurements(event)] == []


def test_canary_orders_cause_no_mail(shop: Backend, network: Network, run: Run, logs: Logs) -> None:
    shop.begin("ten red mugs", World.stocked, consumers=["notify_customer"])
    run()
    shop.run_to_the_end()
    assert [line["outcome"] for line in logs.lines if line["message"] == "event handled"] == ["CANARY"]
    assert shop.mailbox.sent == []


def test_product_of_the_canary_is_in_no_list_and_cannot_be_stocked(shop: Backend) -> None:
    world, path = shop.world, {"sku": SKU}
    listed = world.api("list_products", "GET /products").body["products"]
    assert [each["sku"] for each in listed] == ["MUG-RED"]
    assert world.api("get_product", "GET /products/{sku}", path=path).status == 404
    product = {"name": "Mine", "price": {"amount": 1, "currency": "EUR"}}
    put = world.api("put_product", "PUT /products/{sku}", product, path=path)
    assert (put.status, put.body["errors"][0]["field"]) == (400, "sku")
    key = {"Idempotency-Key": "one"}
    received = world.api(
        "receive_stock", "POST /products/{sku}/stock", {"received": 1}, path=path, headers=key
    )
    assert received.status == 404


def test_customers_cannot_order_the_product_of_the_canary(shop: Backend) -> None:
    placed = shop.world.place(order_body((SKU, 1)))
    assert (placed.status, placed.body["type"].rpartition(":")[2]) == (422, "unknown-sku")
    assert orders(shop) == []


def test_stored_product_with_the_reserved_sku_is_never_charged(
    shop: Backend, network: Network, run: Run
) -> None:
    """Guarantee 3: an earlier release let the back office create and stock it."""
    shop.world.stocked("OTHER")
    for sort in (product_keys.PRODUCT, product_keys.STOCK):
        item = next(i for i in shop.world.items() if (i["PK"], i["SK"]) == ("PRODUCT#OTHER", sort))
        overwrite(shop.world, {"PK": f"PRODUCT#{SKU}", "SK": sort}, **_renamed(item))
    assert shop.world.place(order_body((SKU, 1))).status == 422
    assert run() == {"CanaryOrdersFailed": 1}
    assert orders(shop) == []
    assert shop.world.provider_records() == []


def _renamed(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in ("PK", "SK")} | {"sku": Sku(SKU)}


# -- its log ---------------------------------------------------------------------------------------------


def test_lines_of_the_canary_have_the_ids_of_its_order(
    shop: Backend, network: Network, run: Run, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, parent = "6740aa1b-2c1b2e0f5a1d4c3b7e8f9a0b", "5d3a1c8e2f4b6071"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root=1-{root};Parent={parent};Sampled=1")
    run()
    (order,) = orders(shop)
    (line,) = [line for line in logs.lines if line["message"] == "canary order ended"]
    assert line["order_id"] == order["orderId"]
    assert line["trace_id"] == root.replace("-", "") == order["trace"]["traceparent"][3:35]
    assert "correlation_id" in line


def test_neither_secret_nor_token_is_logged(shop: Backend, network: Network, run: Run, logs: Logs) -> None:
    network.turns[4] = _fault
    run()
    network.always = _refused
    run(NEXT)
    assert logs.lines
    for hidden in (SECRET, "the%2Fsecret", token("canary", network.scopes), "Basic "):
        assert hidden not in logs.text


def test_importing_the_function_reads_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot of the process would share it."""
    assert vars(importlib.import_module(canary.__name__)._Tokens())["_token"] == ""
