"""Initial states of the tables for many tests: each is created once, and then copied.

To drive an order through half of the saga takes longer than most tests. Each test gets its own copy, so no
test sees the changes of another.
"""

from collections.abc import Callable, Hashable
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any, TypeVar

from moto.dynamodb.models import dynamodb_backends

from ordering.domain import clock
from tests.support.environment import ACCOUNT, REGION

T = TypeVar("T")

_taken: dict[tuple[str, Hashable], tuple[datetime, Any, Any]] = {}
# In a long run, an order of a kept state would otherwise have stood still for as long as the run takes.
_OLDEST = timedelta(minutes=1)


def beginning_with(name: Hashable, bring: Callable[[], T]) -> T:
    """Returns the result of `bring`, with the tables as `bring` leaves them.

    The result and the tables are kept by `name`, so one name must always mean the same `bring`, and by the
    day of the backend's clock, for a minute of that clock: no test gets the state of another time.

    If the tables are not empty, `bring` is called on them as they are.
    """
    backend = dynamodb_backends[ACCOUNT][REGION]
    if any(table.items for table in backend.tables.values()):
        return bring()
    now = datetime.fromisoformat(clock.now())
    key = (now.date().isoformat(), name)
    if key not in _taken or abs(now - _taken[key][0]) > _OLDEST:
        result = bring()
        _taken[key] = now, deepcopy(backend.tables), result
    _, tables, result = _taken[key]
    backend.tables = deepcopy(tables)
    copied: T = deepcopy(result)
    return copied
