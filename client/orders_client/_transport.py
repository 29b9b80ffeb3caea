"""One request, sent as often as it is safe and needed until it is answered."""

import logging
import re
from collections.abc import Callable, Mapping
from math import inf
from typing import TypeAlias

import httpx
from msgspec import Struct

from orders_client._errors import refusal
from orders_client.errors import NoAnswer
from orders_client.retrying import Clock, Outcome, Repeat, RetryPolicy, left_nothing_behind

Token: TypeAlias = str | Callable[[], str]

logger = logging.getLogger("orders_client")

_SENDABLE = re.compile(r"[\x21-\x7e]+")
_LEAST_TIMEOUT = 0.001


class Call(Struct, frozen=True, kw_only=True):
    """A request of a route. `signed`: it carries the caller's token."""

    method: str
    path: str
    repeat: Repeat = Repeat.AFTER_ANY_FAULT
    signed: bool = True
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    body: bytes | None = None

    def __repr__(self) -> str:
        """Without the body, which may hold a payment token and an address."""
        return f"<{self}>"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def idempotency_key(self) -> str | None:
        """The key it carries."""
        return self.headers.get("Idempotency-Key")


class Sender:
    """Sends calls over one pool of connections; threads may share it."""

    def __init__(
        self, http: httpx.Client, token: Token | None, *, timeout: float, retries: RetryPolicy, clock: Clock
    ) -> None:
        self._http = http
        self._token = token
        self._timeout = timeout
        self._retries = retries
        self._clock = clock

    def send(self, call: Call, within: float = inf) -> httpx.Response:
        """The answer, when it is no refusal. `within`: seconds there are for it, if fewer than usual.

        Raises ApiError and NoAnswer.
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
                raise _no_answer(call, outcome, tried, may_have_arrived) from outcome
            logger.info("%s: attempt %d gave %s, next in %.2f s", call, attempt, _brief(outcome), pause)
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
            # Into httpx's own headers and nowhere else: their repr masks it, in tracebacks too.
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
            # Sent on, it would be quoted in the protocol's complaint. It leaves this frame as well, which a
            # traceback may show with its variables.
            del token
            raise ValueError("the token has spaces or line breaks: was it read with its final newline?")
        return f"Bearer {token}"


def _no_answer(call: Call, last: httpx.RequestError, tried: str, may_have_arrived: bool) -> NoAnswer:
    if not may_have_arrived:
        advice = "It was never sent."
    elif call.idempotency_key:
        advice = f"It may have taken effect: repeat it with idempotency_key={call.idempotency_key!r}."
    elif call.repeat is Repeat.ONLY_IF_NOT_APPLIED:
        advice = "It may have taken effect: read before you repeat it."
    else:
        advice = "To repeat it is safe."
    return NoAnswer(
        f"{call} was not answered: {_brief(last)} ({last}) after {tried}. {advice}",
        idempotency_key=call.idempotency_key,
    )


def _brief(outcome: Outcome) -> str:
    return str(outcome.status_code) if isinstance(outcome, httpx.Response) else type(outcome).__name__
