"""The logs contain no payment token, no address and no e-mail address, however an order ends. Guarantee 6."""

import traceback
from typing import Any

import pytest

from tests.support.aws_calls import AwsCalls, contended, fails
from tests.support.logs import Logs
from tests.support.orders import COMPENSATION, WAYS
from tests.support.recorded import http_event
from tests.support.world import World, invoke, order_body

# None of these texts occurs anywhere else.
ADDRESS = {
    "name": "Augusta Ada King",
    "line1": "Ockham Park 1852",
    "line2": "East Wing 1815",
    "city": "Marylebone-on-Thames",
    "region": "Surreyshire",
    "postalCode": "GU23 6NQ",
}
EMAIL = "ada@example.com"
# As long as a wallet's token is: some kilobytes of JSON.
WALLET = '{"signature":"' + "MEUCIQDx" * 2000 + '","signedMessage":"{}"}'

# The request, and the steps of the saga that follow from it.
ENDS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "fulfilled": ({}, WAYS["fulfilled"]),
    "declined": (
        {"token": "tok_declined"},
        ("reserve_stock", "authorise_payment", "reject_order", *COMPENSATION),
    ),
    "unknown token": (
        {"token": "tok_4111111111111111"},
        ("reserve_stock", "authorise_payment", "reject_order", *COMPENSATION),
    ),
    "a wallet's token": (
        {"token": WALLET},
        ("reserve_stock", "authorise_payment", "reject_order", *COMPENSATION),
    ),
    "response lost": ({"token": "tok_timeout"}, WAYS["fulfilled"]),
    "provider unavailable": ({"token": "tok_flaky"}, WAYS["authorised"]),
    "capture refused": (
        {"token": "tok_capture_refused"},
        (*WAYS["captured"], "reauthorise_payment", "capture_payment", "turn_back", *COMPENSATION),
    ),
    "shipment refused": ({"country": "AQ"}, (*WAYS["booked"], "turn_back", *COMPENSATION)),
}


def body_of(**changed: str) -> dict[str, Any]:
    body = order_body(**changed)
    return body | {"shippingAddress": body["shippingAddress"] | ADDRESS}


def place(body: Any, key: str = "key-1") -> dict[str, Any]:
    """Place an order with a token that also contains an e-mail address."""
    event = http_event("POST /orders", body=body, headers={"Idempotency-Key": key})
    event["requestContext"]["authorizer"]["jwt"]["claims"]["email"] = EMAIL
    answer: dict[str, Any] = invoke("api.place_order", event)
    return answer


def disclosed(text: str, body: dict[str, Any]) -> list[str]:
    """Returns the secrets of an order that a text contains."""
    # The first 40 characters, because a token may be cut short where it is logged.
    secrets = [body["paymentToken"][:40], EMAIL, *ADDRESS.values(), "Bearer ", "192.0.2.17"]
    return [secret for secret in secrets if secret in text]


@pytest.mark.slow
@pytest.mark.parametrize(("changed", "steps"), ENDS.values(), ids=ENDS)
def test_log_of_an_order_up_to_its_end_holds_no_secret(
    world: World, logs: Logs, changed: dict[str, str], steps: tuple[str, ...]
) -> None:
    body = body_of(**changed)
    order_id = place_and_read_id(world.stocked(), body)
    raised: list[str] = []
    for step in ("load_order", *steps):
        try:
            world.step(step, order_id)
        except Exception:
            # What a step raises is logged by Lambda, with its traceback, and by the state machine.
            raised.append(traceback.format_exc())
    assert disclosed(logs.text + "".join(raised), body) == []
    assert order_id in logs.text


def place_and_read_id(world: World, body: dict[str, Any]) -> Any:
    location: str = place(body)["headers"]["location"]
    return location.removeprefix("orders/")


def test_log_of_a_replay_holds_no_secret(world: World, logs: Logs) -> None:
    body = body_of()
    world.stocked()
    place(body)
    place(body)
    assert disclosed(logs.text, body) == []


def test_log_of_a_reused_key_holds_no_secret(world: World, logs: Logs) -> None:
    world.stocked()
    place(body_of())
    place(body_of(token="tok_declined"))
    assert disclosed(logs.text, body_of()) == disclosed(logs.text, body_of(token="tok_declined")) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": []},
        {"paymentToken": "tok ok"},
        {"shippingAddress": ADDRESS},
        {"shippingAddress": ADDRESS | {"country": "GB", "email": EMAIL}},
        {EMAIL: ADDRESS["name"]},
    ],
    ids=["no lines", "a bad token", "no country", "an unknown field", "a secret for a name"],
)
def test_log_of_a_refusal_holds_no_secret(world: World, logs: Logs, wrong: dict[str, Any]) -> None:
    body = body_of() | wrong
    assert place(body)["statusCode"] == 422
    assert disclosed(logs.text, body) == []
    assert "tok ok" not in logs.text


def test_log_of_a_fault_holds_no_secret(world: World, logs: Logs, calls: AwsCalls) -> None:
    world.stocked()
    calls.next("TransactWriteItems", fails("InternalServerError"))
    assert place(body_of())["statusCode"] == 500
    assert disclosed(logs.text, body_of()) == []


def test_log_of_contention_holds_no_secret(world: World, logs: Logs, calls: AwsCalls) -> None:
    world.stocked()
    calls.always("TransactWriteItems", contended)
    assert place(body_of())["statusCode"] == 503
    assert disclosed(logs.text, body_of()) == []


def test_search_for_secrets_finds_them() -> None:
    body = body_of()
    assert disclosed(str(body) + EMAIL, body) == [body["paymentToken"], EMAIL, *ADDRESS.values()]
