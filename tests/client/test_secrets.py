"""No error, log line, traceback or `repr` contains a token, a payment token or an address."""

import logging
import socket
import traceback

import httpx
import pytest

from orders_client import Line, OrdersClient, OrdersError, RetryPolicy
from tests.client.support import ADDRESS, BASE_URL, ORDER_ID, TOKEN, Step, gateway, problem, serving

PAYMENT_TOKEN = "tok_of-a-secret-card"
SECRETS = (TOKEN, PAYMENT_TOKEN, ADDRESS.line1)


def _assert_no_secret(text: str) -> None:
    for secret in SECRETS:
        assert secret not in text


def test_the_repr_of_the_client_has_its_url_and_no_token() -> None:
    assert repr(OrdersClient(BASE_URL, TOKEN)) == f"OrdersClient('{BASE_URL}')"


@pytest.mark.parametrize(
    "step",
    [httpx.ReadTimeout("slow"), httpx.ConnectError("refused"), gateway(401), problem(422, "invalid-body")],
)
def test_no_error_contains_a_secret(step: Step, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(OrdersError) as error:
        serving(step, step).client(retries=RetryPolicy(attempts=2)).place_order(
            [Line("MUG-RED", 2)], PAYMENT_TOKEN, ADDRESS
        )
    _assert_no_secret("".join(traceback.format_exception(error.value)))
    _assert_no_secret(repr(error.value) + repr(vars(error.value)))
    _assert_no_secret(caplog.text)


def test_the_token_is_in_no_local_variable_of_a_traceback() -> None:
    """Error reporters include the local variables of every frame; here, for a refused connection."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        transport = httpx.HTTPTransport()
        client = OrdersClient(address, TOKEN, transport=transport, retries=RetryPolicy(attempts=1))
        with client, pytest.raises(OrdersError) as error:
            client.get_order(ORDER_ID)
    captured = traceback.TracebackException.from_exception(error.value, capture_locals=True)
    # Only the frames of the client: the test's own hold the token by its name.
    lines = [line for line in captured.format() if "orders_client" in line or "httpx" in line]
    assert lines
    _assert_no_secret("".join(lines))


@pytest.mark.parametrize("token", [f"{TOKEN}\n", f"{TOKEN} {TOKEN}", "", "ü"])
def test_the_error_about_an_invalid_token_does_not_contain_it(token: str) -> None:
    with pytest.raises(ValueError, match="the token contains spaces or line breaks") as error:
        serving().client(token=lambda: token).get_order(ORDER_ID)
    _assert_no_secret("".join(traceback.format_exception(error.value)))
    captured = traceback.TracebackException.from_exception(error.value, capture_locals=True)
    _assert_no_secret("".join(line for line in captured.format() if "orders_client" in line))


def test_retries_are_logged_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="orders_client")
    with pytest.raises(OrdersError):
        serving(gateway(503), gateway(401)).client().get_order(ORDER_ID)
    (record,) = (record for record in caplog.records if record.name == "orders_client")
    assert f"GET /orders/{ORDER_ID}: attempt 1: 503; retrying in" in record.getMessage()
    _assert_no_secret(caplog.text)
