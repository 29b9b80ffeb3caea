"""Place a canary order through the API, follow it to its end, and measure both.

EventBridge Scheduler calls this every five minutes. After a deployment, `make smoke` calls it too, and once
more to cancel the order as soon as it is placed. It does what a client does: it gets a token with its own
secret, places the order, and polls it. A request that fails for a passing cause is retried, as the API's
guide tells clients to. `ordering.domain.canary` describes the order. The `Idempotency-Key` is derived from
the scheduled time, so each scheduled time has one order, and one that is cancelled.

| if it dies                       | then                                                              |
|----------------------------------|-------------------------------------------------------------------|
| before the order is placed       | there is no order and no metric: the alarm counts that as failed  |
| after the order is placed        | the order ends without it; a repeated invocation finds the same   |
|                                  | order by its key, follows it, and measures the same times         |
| after the metrics are written    | a repeated invocation writes the same metrics again               |

The alarm CanaryOrdersFail takes the worst value of each period, so a repeated metric does no harm.
"""

import json
import os
import time
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from time import sleep
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import msgspec
from aws_lambda_powertools.metrics import Metrics, MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from ordering import http_client
from ordering.aws import xray
from ordering.aws.clients import BRISK, client
from ordering.aws.logging import logger
from ordering.domain import canary
from ordering.domain.measurements import IN_TIME_SECONDS
from ordering.domain.order import Status

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

# How long an invocation retries and polls. The order has IN_TIME_SECONDS; the rest is for a cold start.
FOLLOW_SECONDS = 75.0
# The limit of one request: longer than the time-out of a route's function (10 s).
REQUEST_SECONDS = 12.0
# Delays between two looks at the order, then between two requests after one that has failed.
POLL_SECONDS = (0.25, 0.5, 1.0, 2.0)
RETRY_SECONDS = 2.0
# A token is not used in the last minutes of its life, so that it does not expire on the way.
TOKEN_MARGIN_SECONDS = 120.0
_UNAUTHORISED, _ACCEPTED, _OK, _CONFLICT, _TOO_MANY, _SERVER_ERROR = 401, 202, 200, 409, 429, 500

API_URL = os.environ["API_URL"]
TOKEN_URL = os.environ["TOKEN_URL"]
CLIENT_ID = os.environ["CLIENT_ID"]
CLIENT_SECRET_ARN = os.environ["CLIENT_SECRET_ARN"]
TOKEN_PARAMETERS: Mapping[str, str] = json.loads(os.environ["TOKEN_PARAMETERS"])

ORDER = {
    "lines": [{"sku": canary.SKU, "quantity": 1}],
    # Never used: the order ends before a payment is prepared.
    "paymentToken": "canary",
    "shippingAddress": {
        "name": "Canary",
        "line1": "1 Canary Street",
        "city": "London",
        "postalCode": "E14 5AB",
        "country": "GB",
    },
}

secrets: "SecretsManagerClient" = client("secretsmanager", BRISK)
metrics = Metrics()


class NotEnded(Exception):
    """The order was not placed, or did not end as it should. The message says why."""


class _Passing(Exception):
    """A request failed in a way that the next attempt may not."""


class _Transition(msgspec.Struct, frozen=True):
    at: str


class _Order(msgspec.Struct, frozen=True, rename="camel"):
    """What the canary reads of an order. `history` has its placing first, and its end last."""

    order_id: str
    status: Status
    history: tuple[_Transition, ...]
    reason: str | None = None

    @property
    def milliseconds(self) -> float:
        """The time from its placing to its last transition, by the server's clock."""
        first, last = (datetime.fromisoformat(self.history[place].at) for place in (0, -1))
        return (last - first).total_seconds() * 1000


class _Token(msgspec.Struct, frozen=True):
    """A response of the issuer (RFC 6749, section 5.1)."""

    access_token: str
    expires_in: float = 0


class _Tokens:
    """The token of this process. It is kept until it expires: Cognito bills each one."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Get another token for the next request."""
        self._token, self._expires = "", 0.0

    def get(self) -> str:
        """Return a valid token. Raises _Passing if the issuer returns none."""
        if time.monotonic() >= self._expires:
            requested = time.monotonic()
            fetched = _fetch_token()
            self._expires = requested + fetched.expires_in - TOKEN_MARGIN_SECONDS
            self._token = fetched.access_token
        return self._token


tokens = _Tokens()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str]:
    """Place, follow and measure the order of `event["scheduledAt"]`. Returns the outcome.

    With `event["cancel"]`, the order is cancelled at once, and its time is not measured.

    A failure of the order is an outcome, not an exception: Lambda would repeat the invocation.

    Raises:
        ValueError: The event has no scheduled time.
    """
    cancels = event.get("cancel") is True
    key = f"canary-{'cancel-' if cancels else ''}{_scheduled_at(event)}"
    logger.append_keys(idempotency_key=key)
    try:
        order = _placed_and_ended(key, time.monotonic() + FOLLOW_SECONDS, cancels=cancels)
    except NotEnded as failure:
        logger.error("canary order failed", extra={"cause": str(failure)})
        outcome = "FAILED"
    except Exception:
        logger.exception("canary order failed")
        outcome = "FAILED"
    else:
        outcome = "ENDED"
        if not cancels:
            metrics.add_metric("CanaryOrderTime", MetricUnit.Milliseconds, order.milliseconds)
        logger.info("canary order ended", extra={"milliseconds": order.milliseconds})
    metrics.add_metric("CanaryOrdersFailed", MetricUnit.Count, int(outcome == "FAILED"))
    metrics.flush_metrics()
    return {"outcome": outcome}


def _scheduled_at(event: Mapping[str, Any]) -> str:
    """Return the scheduled time as the scheduler writes it. Raises ValueError."""
    scheduled_at = event.get("scheduledAt")
    try:
        if isinstance(scheduled_at, str) and datetime.fromisoformat(scheduled_at).tzinfo:
            return scheduled_at
    except ValueError:
        pass
    raise ValueError(
        f"scheduledAt: {scheduled_at!r} is not a time with its offset; send {{'scheduledAt': "
        "'2026-11-28T08:05:00Z'}, for example"
    )


def _placed_and_ended(key: str, deadline: float, *, cancels: bool) -> _Order:
    """Return the order after its end. Raises NotEnded."""
    order = _place(key, deadline)
    cancelled = cancels and _cancel(order.order_id, deadline)
    for pause in _pauses():
        if order.status.is_terminal:
            break
        if time.monotonic() + pause >= deadline:
            raise NotEnded(f"the order is still {order.status} after {FOLLOW_SECONDS:.0f} s")
        sleep(pause)
        order = _read(order.order_id, deadline)
    end = canary.CANCELLED_END if cancelled else canary.END
    if (order.status, order.reason) != end:
        raise NotEnded(f"the order ended {order.status} {order.reason}, expected {' '.join(end)}")
    if order.milliseconds > IN_TIME_SECONDS * 1000:
        raise NotEnded(f"the order took {order.milliseconds / 1000:.1f} s to end")
    return order


def _pauses() -> Any:
    yield from POLL_SECONDS
    while True:
        yield POLL_SECONDS[-1]


def _place(key: str, deadline: float) -> _Order:
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    span = xray.current_span()
    if span:
        headers["traceparent"] = f"00-{span.trace_id}-{span.span_id}-{'01' if span.sampled else '00'}"
    placed = _request("POST", "/orders", deadline, body=json.dumps(ORDER).encode(), headers=headers)
    if placed.status != _ACCEPTED:
        raise NotEnded(f"POST /orders returned {placed.status}: {_problem(placed)}")
    order = _decoded(placed)
    logger.append_keys(order_id=order.order_id)
    # A replayed order keeps the ids of the request that placed it.
    if "idempotency-replayed" not in placed.headers:
        ids = {"correlation_id": placed.headers.get("apigw-requestid"), "trace_id": span and span.trace_id}
        logger.append_keys(**{name: value for name, value in ids.items() if value})
    return order


def _cancel(order_id: str, deadline: float) -> bool:
    """Return whether the order is cancelled; False if it had ended before. Raises NotEnded."""
    response = _request("POST", f"/orders/{order_id}/cancel", deadline)
    if response.status not in (_ACCEPTED, _CONFLICT):
        raise NotEnded(f"POST /orders/{{orderId}}/cancel returned {response.status}: {_problem(response)}")
    return response.status == _ACCEPTED


def _read(order_id: str, deadline: float) -> _Order:
    response = _request("GET", f"/orders/{order_id}", deadline)
    if response.status != _OK:
        raise NotEnded(f"GET /orders/{order_id} returned {response.status}: {_problem(response)}")
    return _decoded(response)


def _decoded(response: http_client.ReceivedResponse) -> _Order:
    try:
        return msgspec.json.decode(response.body, type=_Order)
    except msgspec.DecodeError as error:
        raise NotEnded(f"the response is not an order: {error}") from None


def _problem(response: http_client.ReceivedResponse) -> str:
    """Return the title of a problem; of a response that is no problem, its first characters."""
    try:
        return str(msgspec.json.decode(response.body, type=dict[str, Any])["title"])
    except (msgspec.DecodeError, KeyError):
        return response.body[:200].decode(errors="replace")


def _request(
    method: str,
    path: str,
    deadline: float,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> http_client.ReceivedResponse:
    """Send a request to the API, again after each passing failure. Raises NotEnded at the deadline."""
    while True:
        try:
            return _request_once(method, path, body, headers or {})
        except (_Passing, http_client.NoResponse, ClientError, BotoCoreError) as error:
            cause = f"{method} {path.partition('?')[0]}: {type(error).__name__}: {error}"
        if time.monotonic() + RETRY_SECONDS >= deadline:
            raise NotEnded(cause)
        logger.warning("canary request failed", extra={"cause": cause})
        sleep(RETRY_SECONDS)


def _request_once(
    method: str, path: str, body: bytes | None, headers: Mapping[str, str]
) -> http_client.ReceivedResponse:
    authorised = {**headers, "Authorization": f"Bearer {tokens.get()}"}
    response = http_client.send(
        method, f"{API_URL}{path}", headers=authorised, body=body, seconds=REQUEST_SECONDS
    )
    if response.status == _UNAUTHORISED:
        # The issuer may have changed its keys.
        tokens.forget()
    if response.status in (_UNAUTHORISED, _TOO_MANY) or response.status >= _SERVER_ERROR:
        raise _Passing(f"status {response.status}: {_problem(response)}")
    return response


def _fetch_token() -> _Token:
    """Return a new token (RFC 6749, section 4.4: client credentials grant). Raises _Passing."""
    # Read for each token, so that a rotated secret is used without a deployment.
    secret = secrets.get_secret_value(SecretId=CLIENT_SECRET_ARN)["SecretString"]
    # Section 2.3.1: both are form-encoded first.
    credentials = f"{quote(CLIENT_ID, safe='')}:{quote(secret, safe='')}".encode()
    response = http_client.send(
        "POST",
        TOKEN_URL,
        headers={
            "Authorization": f"Basic {b64encode(credentials).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        body=urlencode({"grant_type": "client_credentials", **TOKEN_PARAMETERS}).encode(),
        seconds=REQUEST_SECONDS,
    )
    if response.status != _OK:
        # The body of an error (RFC 6749, section 5.2) contains no secret, but is the issuer's own text.
        raise _Passing(f"the issuer returned {response.status}")
    try:
        return msgspec.json.decode(response.body, type=_Token)
    except msgspec.DecodeError as error:
        raise _Passing(f"the issuer's response is not a token: {error}") from None
