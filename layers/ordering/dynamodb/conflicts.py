"""Retries of a write that conflicted with another transaction, after less than a second.

The SDK does not retry it, and the shortest delay of a state machine is a second (`IntervalSeconds`, "Handling
errors in Step Functions workflows"), while a transaction holds its items for a few milliseconds.

Nothing of the write was written. Its conditions are evaluated again at each attempt, so a retry is the same
as a first call that is made later: whatever the caller has read, its conditions must hold then. Each attempt
is a new call, with a new `ClientRequestToken`.
"""

import random
from collections.abc import Callable, Sequence
from time import monotonic, sleep
from typing import TypeVar

from botocore.exceptions import ClientError

from ordering import guards
from ordering.dynamodb.errors import TransactionCancelled
from ordering.guards import Guard

T = TypeVar("T")

# The longest delays, in seconds. Each is multiplied by a random number from 0 to 1, so that those who were
# refused together do not come back together. Together they are at most two seconds of a step's fifteen.
DELAYS = (0.02, 0.04, 0.08, 0.16, 0.3, 0.4, 0.5, 0.5)
# After this time no attempt begins, however slow the calls were. The last one has three attempts of the SDK.
LAST_ATTEMPT_SECONDS = 2.5


def retried(call: Callable[[], T], delays: Sequence[float]) -> T:
    """Return the result of a call, which is made again after each of `delays` while it conflicts.

    Raises what the last attempt raises.
    """
    began = monotonic()
    for longest in delays:
        try:
            return call()
        except (ClientError, TransactionCancelled) as error:
            again = is_conflict(error) and monotonic() - began + longest < LAST_ATTEMPT_SECONDS
            if not guards.applies(Guard.CONFLICT_RETRIED, again):
                raise
        sleep(longest * random.random())  # noqa: S311 (jitter is no secret)
    return call()


def is_conflict(error: ClientError | TransactionCancelled) -> bool:
    """Whether a write failed only because another transaction held an item of it."""
    if isinstance(error, TransactionCancelled):
        return error.is_conflict
    return bool(error.response["Error"]["Code"] == "TransactionConflictException")
