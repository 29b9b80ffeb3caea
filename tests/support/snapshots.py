"""Worlds that many tests begin with: worked out once, copied from then on.

Bringing an order half through the saga by the real handlers takes longer than what most tests do with it.
Each test gets a copy of its own, so that none sees what another did.
"""

from collections.abc import Callable, Hashable
from copy import deepcopy
from typing import Any, TypeVar

from moto.dynamodb.models import dynamodb_backends

from tests.support.environment import ACCOUNT, REGION

T = TypeVar("T")

_taken: dict[Hashable, tuple[Any, Any]] = {}


def beginning_with(name: Hashable, bring: Callable[[], T]) -> T:
    """What `bring` answers, in a world that looks as `bring` leaves it. The name stands for all it does.

    A world in which something has happened already is brought on as it is.
    """
    backend = dynamodb_backends[ACCOUNT][REGION]
    if any(table.items for table in backend.tables.values()):
        return bring()
    if name not in _taken:
        answer = bring()
        _taken[name] = deepcopy(backend.tables), answer
    tables, answer = _taken[name]
    backend.tables = deepcopy(tables)
    copied: T = deepcopy(answer)
    return copied
