"""Retries of a write that conflicted with another transaction, after less than a second.

"Transaction conflict handling in DynamoDB" (Amazon DynamoDB Transactions: How it works): while a transaction
holds an item, other writes of it are refused. The SDK does not retry them, and the shortest delay of a state
machine is a second (`IntervalSeconds`, "Handling errors in Step Functions workflows"), while a transaction
takes milliseconds.

A write that conflicts has changed nothing. Its conditions are evaluated again at each attempt. So a retry has
the same effect as a first call that is made later: the conditions must hold at that time, whatever the caller
has read before. Each attempt is a new call, with a new `ClientRequestToken`.
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

# The longest delays, in seconds. Each is multiplied by a random number from 0 to 1, so that writes that were
# refused at the same time are not retried at the same time. They are long enough that no execution fails if
# 200 executions write the same item, and each transaction holds it for 6 ms (`tests/simulation/contention`).
DELAYS = (0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0, 1.0, 1.0, 1.0)
# No attempt begins after this time, even if the calls were slow. A function of a step may run for 15 s, and
# one of the API for 10 s, so the last attempt still has time to end.
LAST_ATTEMPT_SECONDS = 5.0


def retried(call: Callable[[], T], delays: Sequence[float]) -> T:
    """Return the result of a call. While it conflicts, it is made again, after each of `delays`.

    Raises the error of the last attempt.
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
