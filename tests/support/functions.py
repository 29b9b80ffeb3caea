"""Calls the functions of the backend as Lambda does: each call returns, or is lost."""

from collections import Counter
from typing import Any

from tests.support.calls import Calls
from tests.support.faults import ExecutionLost, ProcessLost
from tests.support.injection_points import InjectionPoint, Step, When
from tests.support.world import invoke


class FunctionLost(Exception):
    """The function raised, or its process ended: its caller gets no response."""


class Functions:
    """Calls handlers. Each call is a step of its own, whose calls to AWS are recorded."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.begin()

    def begin(self) -> None:
        """Reset: no function has been called yet."""
        self._visits: Counter[str] = Counter()
        self.losses: list[str] = []
        """Why each lost call was lost."""

    def call(self, handler: str, event: dict[str, Any]) -> Any:
        """Call a handler (`api.place_order`). Raises FunctionLost."""
        name = handler.rpartition(".")[2]
        self._visits[name] += 1
        visit = self._visits[name]
        step = Step(f"{name}-{visit}", name, visit, 1)
        try:
            self._calls.passes(InjectionPoint(When.BEFORE, step, None))
            with self._calls.within(step):
                result = invoke(handler, event)
            self._calls.passes(InjectionPoint(When.AFTER, step, None))
        except (ExecutionLost, ProcessLost, Exception) as fault:
            lost = f"{step.execution}: {type(fault).__name__}: {fault}"
            self.losses.append(lost)
            raise FunctionLost(lost) from fault
        return result
