"""States of the tables with which many tests begin: each is created once, and then copied.

To bring an order half through the saga with the real handlers takes longer than most tests. Each test gets a
copy of its own, so that no test sees the changes of another.
"""

from collections.abc import Callable, Hashable
from copy import deepcopy
from typing import Any, TypeVar

from moto.dynamodb.models import dynamodb_backends

from ordering.domain import clock
from tests.support.environment import ACCOUNT, REGION

T = TypeVar("T")

_taken: dict[tuple[str, Hashable], tuple[Any, Any]] = {}


def beginning_with(name: Hashable, bring: Callable[[], T]) -> T:
    """Returns the result of `bring`, with the tables as `bring` leaves them.

    The result and the tables are kept by `name`, so one name must always mean the same `bring`, and by the
    day of the backend's clock: a test that moves its clock does not get the state of another day.

    If the tables are not empty, `bring` is called on them as they are.
    """
    backend = dynamodb_backends[ACCOUNT][REGION]
    if any(table.items for table in backend.tables.values()):
        return bring()
    day = clock.now()[: len("2026-11-21")]
    if (day, name) not in _taken:
        result = bring()
        _taken[day, name] = deepcopy(backend.tables), result
    tables, result = _taken[day, name]
    backend.tables = deepcopy(tables)
    copied: T = deepcopy(result)
    return copied
