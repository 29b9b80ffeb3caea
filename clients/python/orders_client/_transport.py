"""Sends requests, and retries those that can be retried safely."""

import logging
import re
from collections.abc import Callable, Mapping
from math import inf
from typing import TypeAlias

import httpx
from msgspec import Struct

from orders_client._errors import refusal
from orders_client.errors import NoResponse
from orders_client.retrying import Clock, Outcome, Repeat, RetryPolicy, left_nothing_behind

Token: TypeAlias = str | Callable[[], str]

logger = logging.getLogger("orders_client")

_SENDABLE = re.compile(r"[\x21-\x7e]+")
_LEAST_TIMEOUT = 0.001


class Call(Struct, frozen=True, kw_only=True):
    """A request of a route. If `signed`, it has the caller's token."""

    method: str
    path: str
    repeat: Repeat = Repeat.AFTER_ANY_FAULT
    signed: bool = True
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    body: bytes | None = None

    def __repr__(self) -> str:
        """Return method and path only: the body may contain a payment token and an address."""
        return f"<{self}>"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def idempotency_key(self) -> str | None:
        """The idempotency key of the request."""
        return self.headers.get("Idempotency-Key")


class Sender:
    """Sends calls over one pool of connections. Several threads may share it."""

    def __init__(
        self, http: httpx.Client, token: Token | None, *, timeout: float, retries: RetryPolicy, clock: Clock
    ) -> None:
        self._http = http
        self._token = token
        self._timeout = timeout
        self._retries = retries
        self._clock = clock

    def send(self, call: Call, within: float = inf) -> httpx.Response:
        """Send a call and return its response, if the status is below 400.

        `within` limits the time further than the retry policy (seconds). Raises ApiError and NoResponse.
        """
        started = self._clock.monotonic()
        ends = started + min(self._retries.deadline, within)
        attempt, may_have_arrived = 1, False
        while True:
            outcome = self._attempt(call, ends)
            if isinstance(outcome, httpx.Response) and outcome.status_code < 400:
                return outcome
            may_have_arrived = may_have_arrived or not left_nothing_behind(outcome)
            pause = self._retries.pause(attempt, outcome)
            now = self._clock.monotonic()
            tried_enough = attempt >= self._retries.attempts or now + pause >= ends
            if tried_enough or not call.repeat.allowed_after(outcome):
                if isinstance(outcome, httpx.Response):
                    raise refusal(outcome, call.idempotency_key)
                tried = f"{attempt} attempt(s) in {now - started:.1f} s"
                raise _no_response(call, outcome, tried, may_have_arrived) from outcome
            logger.info("%s: attempt %d: %s; retrying in %.2f s", call, attempt, _brief(outcome), pause)
            self._clock.sleep(pause)
            attempt += 1

    def _attempt(self, call: Call, ends: float) -> Outcome:
        left = max(ends - self._clock.monotonic(), _LEAST_TIMEOUT)
        request = self._http.build_request(
            call.method,
            call.path,
            params=call.query,
            headers=call.headers,
            content=call.body,
            timeout=min(self._timeout, left),
        )
        if call.body is not None:
            request.headers["Content-Type"] = "application/json"
        if call.signed:
            # Kept only in the headers of httpx, whose repr masks it, so that tracebacks do not contain it.
            request.headers["Authorization"] = self._bearer(call)
        try:
            return self._http.send(request)
        except httpx.RequestError as error:
            return error

    def _bearer(self, call: Call) -> str:
        if self._token is None:
            raise ValueError(f"{call} needs a token: OrdersClient(base_url, token)")
        token = self._token() if callable(self._token) else self._token
        if not _SENDABLE.fullmatch(token):
            # The error of the HTTP library would quote the token, so it is not sent. It is deleted because a
            # traceback may show the variables of this frame.
            del token
            raise ValueError("the token contains spaces or line breaks; remove the newline at its end")
        return f"Bearer {token}"


def _no_response(call: Call, last: httpx.RequestError, tried: str, may_have_arrived: bool) -> NoResponse:
    if not may_have_arrived:
        advice = "It was never sent."
    elif call.idempotency_key:
        advice = f"It may have taken effect; retry with idempotency_key={call.idempotency_key!r}."
    elif call.repeat is Repeat.ONLY_IF_NOT_APPLIED:
        advice = "It may have taken effect; read the resource before you retry."
    else:
        advice = "It can be retried safely."
    return NoResponse(
        f"no response to {call}: {_brief(last)} ({last}) after {tried}. {advice}",
        idempotency_key=call.idempotency_key,
    )


def _brief(outcome: Outcome) -> str:
    return str(outcome.status_code) if isinstance(outcome, httpx.Response) else type(outcome).__name__
