"""The results of executions. On a `SteadyPlatform`, they take a few seconds, and fail during an outage."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from tests.simulation.outages.scheduler import Scheduler
from tests.simulation.outages.table import SimulatedOrder


class Failure(NamedTuple):
    """The response of StartSyncExecution for an execution that did not succeed."""

    status: str
    error: str
    cause: str


PROVIDER_UNAVAILABLE = Failure(
    "FAILED", "GatewayTimeout", '{"errorType": "GatewayTimeout", "errorMessage": "payments: unavailable"}'
)
DEPLOYMENT_BROKEN = Failure("FAILED", "AccessDeniedException", "the function may not write")
EVERY_ORDER_FAILS = Failure("FAILED", "KeyError", '{"errorType": "KeyError", "errorMessage": "\'lines\'"}')
TIMED_OUT = Failure("FAILED", "States.Timeout", "a step ran out of time")

Then = Callable[[Failure | None], object]


class Platform(Protocol):
    """Runs executions."""

    def execute(self, order: SimulatedOrder, then: Then) -> None:
        """Drive an order. `then` gets None when it has ended, or the failure."""
        ...


@dataclass
class FailureWindow:
    """Executions fail from one time to another (seconds)."""

    begins: float
    ends: float
    failure: Failure
    seconds: float
    """How long an execution takes to fail."""


class SteadyPlatform:
    """Executions take about two seconds. They fail during `outage`; `failing` orders always fail."""

    def __init__(
        self, scheduler: Scheduler, outage: FailureWindow | None, failing: dict[str, Failure] | None = None
    ) -> None:
        self._scheduler = scheduler
        self._outage = outage
        self._cursed = failing or {}

    def execute(self, order: SimulatedOrder, then: Then) -> None:
        """Drive it."""
        outage, now = self._outage, self._scheduler.now
        if failure := self._cursed.get(order.order_id):
            self._scheduler.after(2, lambda: then(failure))
        elif outage and outage.begins <= now < outage.ends:
            self._scheduler.after(outage.seconds, lambda: then(outage.failure))
        else:
            self._scheduler.after(1 + 2 * self._scheduler.random.random(), lambda: then(None))
