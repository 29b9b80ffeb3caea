"""Which requests are retried, after which outcomes, and when."""

import random
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import Protocol

import httpx
from msgspec import Struct

from orders_client._errors import problem_of
from orders_client.enums import ProblemType

# The request was not sent: there was no connection.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# The request may have arrived and taken effect before the connection failed.
_UNANSWERED = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError)
_PASSING = frozenset({429, 500, 502, 503, 504})

Outcome = httpx.Response | httpx.RequestError


class Clock(Protocol):
    """A clock in seconds. The standard library's `time` is one."""

    def monotonic(self) -> float:
        """Return the seconds since a fixed time."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait for this number of seconds."""
        ...


class RetryPolicy(Struct, frozen=True, kw_only=True):
    """How often and how long requests are retried. `RetryPolicy(attempts=1)` sends every request once.

    All times are in seconds. Before the n-th retry, the client waits a random time of up to `first_pause` ×
    2ⁿ⁻¹, at most `longest_pause`, plus the time that `Retry-After` asks for. No attempt starts later than
    `deadline` after the first one, and no attempt waits for its response longer than that.
    """

    attempts: int = 5
    first_pause: float = 0.2
    longest_pause: float = 5.0
    deadline: float = 45.0

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError(f"attempts must be at least 1: {self.attempts}")
        if min(self.first_pause, self.longest_pause) < 0 or self.deadline <= 0:
            raise ValueError("first_pause and longest_pause must be 0 or more seconds, deadline more than 0")

    def pause(self, attempt: int, outcome: Outcome) -> float:
        """Return how long to wait after this attempt (counted from 1) and its outcome."""
        ceiling = min(self.longest_pause, self.first_pause * 2 ** min(attempt - 1, 30))
        # Full jitter ("Exponential Backoff And Jitter", AWS Architecture Blog): clients that failed at the
        # same time must not retry at the same time, even if they got the same Retry-After.
        return _asked_for(outcome) + random.uniform(0, ceiling)  # noqa: S311 (jitter is no secret)


DEFAULT_RETRIES = RetryPolicy()


class Repeat(Enum):
    """When a request may be retried."""

    AFTER_ANY_FAULT = auto()
    """The request has the same effect if it arrives twice: reads, requests with an idempotency key, and
    requests that name the wanted state (cancelling an order, deleting the profile)."""
    ONLY_IF_NOT_APPLIED = auto()
    """The second request would be refused because of the first: if a change with `If-Match` succeeded and its
    response was lost, there is a new version, and the retry would get 412 although the change was made."""

    def allowed_after(self, outcome: Outcome) -> bool:
        """Whether the request may be retried after this outcome."""
        if self is Repeat.AFTER_ANY_FAULT:
            if isinstance(outcome, httpx.Response):
                return outcome.status_code in _PASSING and not _says_unreadable(outcome)
            return isinstance(outcome, _UNANSWERED)
        if isinstance(outcome, httpx.Response):
            return outcome.status_code == 429 or _says_busy(outcome)
        return isinstance(outcome, _NEVER_SENT)


def left_nothing_behind(outcome: Outcome) -> bool:
    """Whether the request cannot have arrived."""
    return isinstance(outcome, _NEVER_SENT)


def _says_busy(response: httpx.Response) -> bool:
    """Whether the API reports that it changed nothing. A 503 of the gateway may be a time-out instead."""
    problem = problem_of(response) if response.status_code == 503 else None
    return problem is not None and problem.type is ProblemType.BUSY


def _says_unreadable(response: httpx.Response) -> bool:
    """Whether the API reports a record that it cannot read, which a retry does not help."""
    problem = problem_of(response) if response.status_code == 500 else None
    return problem is not None and problem.type is ProblemType.UNREADABLE_RECORD


def _asked_for(outcome: Outcome) -> float:
    """Return the seconds of `Retry-After`, which is a number or a date (RFC 9110, section 10.2.3)."""
    if not isinstance(outcome, httpx.Response):
        return 0.0
    text = outcome.headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        # By the server's clock, because the client's clock may be wrong.
        sent = parsedate_to_datetime(outcome.headers["date"])
        return max(0.0, (parsedate_to_datetime(text) - sent).total_seconds())
    except (KeyError, TypeError, ValueError):
        return 0.0
