"""Which requests are sent again, after what, and when."""

import random
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import Protocol

import httpx
from msgspec import Struct

from orders_client._errors import problem_of
from orders_client.enums import ProblemType

# Nothing of the request left: the connection was not there.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# It may have arrived, and may have been carried out, before the connection failed us.
_UNANSWERED = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError)
_PASSING = frozenset({429, 500, 502, 503, 504})

Outcome = httpx.Response | httpx.RequestError


class Clock(Protocol):
    """The time, in seconds, and waiting. The standard library's `time` is one."""

    def monotonic(self) -> float:
        """Seconds since some moment."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait."""
        ...


class RetryPolicy(Struct, frozen=True, kw_only=True):
    """How hard to try, in seconds: `RetryPolicy(attempts=1)` sends every request once.

    Before the n-th repeat the client waits a random time of up to `first_pause` × 2ⁿ⁻¹, `longest_pause`
    at most, and what `Retry-After` asks for on top. No attempt begins later than `deadline` after the
    first one, and no attempt waits longer for its answer than is left until then.
    """

    attempts: int = 5
    first_pause: float = 0.2
    longest_pause: float = 5.0
    deadline: float = 45.0

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError(f"attempts takes 1 or more: {self.attempts}")
        if min(self.first_pause, self.longest_pause) < 0 or self.deadline <= 0:
            raise ValueError("first_pause, longest_pause and deadline take seconds, the deadline above 0")

    def pause(self, attempt: int, outcome: Outcome) -> float:
        """How long to wait after the attempt of this number (from 1) came out like that."""
        ceiling = min(self.longest_pause, self.first_pause * 2 ** min(attempt - 1, 30))
        # Full jitter ("Exponential Backoff And Jitter", AWS Architecture Blog): clients that failed
        # together must not come back together, not even those that were all told the same Retry-After.
        return _asked_for(outcome) + random.uniform(0, ceiling)  # noqa: S311 - it guards no secret


DEFAULT_RETRIES = RetryPolicy()


class Repeat(Enum):
    """When a request may be sent again."""

    AFTER_ANY_FAULT = auto()
    """Arriving twice it does what it does once: reads, what carries an idempotency key, and what says how
    things shall be from now on (cancel the order, forget my profile)."""
    ONLY_IF_NOT_APPLIED = auto()
    """Arriving twice it is refused because of itself: a change of a version (`If-Match`) that succeeded
    unheard makes a new version, and its repeat would hear 412 although all is well."""

    def allowed_after(self, outcome: Outcome) -> bool:
        """Whether to try once more when an attempt came out like that."""
        if self is Repeat.AFTER_ANY_FAULT:
            if isinstance(outcome, httpx.Response):
                return outcome.status_code in _PASSING
            return isinstance(outcome, _UNANSWERED)
        if isinstance(outcome, httpx.Response):
            return outcome.status_code == 429 or _says_busy(outcome)
        return isinstance(outcome, _NEVER_SENT)


def left_nothing_behind(outcome: Outcome) -> bool:
    """Whether the request cannot have arrived."""
    return isinstance(outcome, _NEVER_SENT)


def _says_busy(response: httpx.Response) -> bool:
    """Whether the API says that it changed nothing: a 503 of the gateway's may be that it waited in vain."""
    problem = problem_of(response) if response.status_code == 503 else None
    return problem is not None and problem.type is ProblemType.BUSY


def _asked_for(outcome: Outcome) -> float:
    """The seconds that `Retry-After` asks for: a number of them, or a date (RFC 9110, section 10.2.3)."""
    if not isinstance(outcome, httpx.Response):
        return 0.0
    text = outcome.headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        # By the server's own clock: ours may be wrong.
        sent = parsedate_to_datetime(outcome.headers["date"])
        return max(0.0, (parsedate_to_datetime(text) - sent).total_seconds())
    except (KeyError, TypeError, ValueError):
        return 0.0
