"""Commands of several parts, for instance queues: a part that fails is reported, and the others are done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from console.progress import print_error, say
from ops.errors import FAILURES, explain
from ordering.domain.operator_text import Redactor

T = TypeVar("T")

# Exit statuses.
DONE, DONE_IN_PART = 0, 3

Failures = list[tuple[str, Exception]]
"""The parts of a command that failed, each with the reason."""


def read_part(name: str, failures: Failures, read: Callable[[], T]) -> T | None:
    """Returns what was read; None if that failed, and then adds the failure to `failures`."""
    try:
        return read()
    except FAILURES as failure:
        failures.append((name, failure))
        return None


def finished(failures: Failures, *, of: int) -> int:
    """Report the failed parts of a command that has `of` parts; returns its exit status.

    Raises the first failure if every part failed: nothing was done then.
    """
    if failures and len(failures) == of:
        raise failures[0][1]
    for name, failure in failures:
        why, remedy = explain(failure)
        print_error(f"✗ {name}\n  why: {why}\n  do:  {remedy}")
    return DONE_IN_PART if failures else DONE


def say_unread(name: str, failure: Exception, redact: Redactor) -> None:
    """Print that a part could not be read, why, and what to do."""
    why, remedy = explain(failure)
    say(redact(f"? {name} cannot be read: {why}"))
    say(redact(f"  do: {remedy}"))
