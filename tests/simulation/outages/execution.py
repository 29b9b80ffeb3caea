"""What becomes of an execution. `SteadyPlatform` takes a few seconds, and fails while something is away."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from tests.simulation.outages.scheduler import Scheduler
from tests.simulation.outages.table import SimulatedOrder


class Failure(NamedTuple):
    """How StartSyncExecution answers for an execution that did not succeed."""

    status: str
    error: str
    cause: str


PROVIDER_AWAY = Failure(
    "FAILED", "GatewayTimeout", '{"errorType": "GatewayTimeout", "errorMessage": "payments: away"}'
)
DEPLOYMENT_BROKEN = Failure("FAILED", "AccessDeniedException", "the function may not write")
EVERY_ORDER_FAILS = Failure("FAILED", "KeyError", '{"errorType": "KeyError", "errorMessage": "\'lines\'"}')
TIMED_OUT = Failure("FAILED", "States.Timeout", "a step ran out of time")

Then = Callable[[Failure | None], object]


class Platform(Protocol):
    """Runs executions."""

    def execute(self, order: SimulatedOrder, then: Then) -> None:
        """Drive an order; `then` is told None when it has ended, or the failure."""
        ...


@dataclass
class FailureWindow:
    """Something that does not work from one moment to another (seconds)."""

    begins: float
    ends: float
    failure: Failure
    seconds: float
    """How long an execution takes to fail of it."""


class SteadyPlatform:
    """Executions take two seconds or so. `away` is what fails; `failing` orders fail whatever happens."""

    def __init__(
        self, scheduler: Scheduler, away: FailureWindow | None, failing: dict[str, Failure] | None = None
    ) -> None:
        self._scheduler = scheduler
        self._away = away
        self._cursed = failing or {}

    def execute(self, order: SimulatedOrder, then: Then) -> None:
        """Drive it."""
        away, now = self._away, self._scheduler.now
        if failure := self._cursed.get(order.order_id):
            self._scheduler.after(2, lambda: then(failure))
        elif away and away.begins <= now < away.ends:
            self._scheduler.after(away.seconds, lambda: then(away.failure))
        else:
            self._scheduler.after(1 + 2 * self._scheduler.random.random(), lambda: then(None))
