"""Trials of the saga: a scenario is run once, with one fault.

given_up(FULFILLED, "Authorise payment")      a trial for each call that this state makes
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from unittest.mock import patch

from ordering.domain.money import Money
from ordering.domain.order import OrderId
from ordering.providers.sandbox_payments import SandboxPayments
from tests.simulation.guards.trial import Search, Trial
from tests.simulation.harness.scenario_run import SagaHarness, Scenario, ScenarioRun
from tests.support import invariants
from tests.support.aws_calls import CONFLICT_ATTEMPTS
from tests.support.faults import Conflict, ResponseLost, Unavailable, crash, die, fail
from tests.support.injection_points import Call, after_call, before, before_call
from tests.synth import synthesised_state_machine

# The queue would deliver it eight times. Faults happen in the first or second execution, so an order that has
# not ended after three executions does not end after more of them.
RECEIVES = 3

# A step is called once, and retried three times.
ATTEMPTS = 4

End = tuple[str, str | None]
CANCELLED_BY_CUSTOMER: End = ("CANCELLED", "CUSTOMER_REQUEST")


SagaTrial = Trial[SagaHarness]
SagaSearch = Search[SagaHarness]
Disturb = Callable[[ScenarioRun], object]
DisturbAt = Callable[[ScenarioRun, Call], object]


def undisturbed(scenario: Scenario) -> SagaSearch:
    """There are no faults except those of the scenario."""
    return _once(scenario, scenario.name, lambda run: None)


def with_repeated_step(scenario: Scenario, handler: str) -> SagaSearch:
    """When the order has ended, one of its steps is called again."""

    def disturb(run: ScenarioRun) -> None:
        run.drive_to_the_end()
        run.world.step(handler, run.order_id)

    return _once(scenario, f"{scenario.name}, then a repeated call of {handler}", disturb)


def failing(scenario: Scenario, state: str) -> SagaSearch:
    """A state fails for a whole execution, at every attempt."""
    return _once(
        scenario,
        f"{scenario.name}, failing in {state}",
        lambda run: run.saga.at(before(state), fail(Unavailable), times=ATTEMPTS),
    )


def bounded(scenario: Scenario, state: str) -> SagaSearch:
    """There are no faults, but an execution that enters a state for the fifth time is lost: it would never
    end."""
    return _once(
        scenario,
        f"{scenario.name}, five times in {state} at most",
        lambda run: run.saga.at(before(state, visit=5), die, times=None),
    )


def execution_lost(scenario: Scenario, state: str) -> SagaSearch:
    """After a call took effect, the execution is lost, and another one begins."""
    return _at_each_call(
        scenario, state, "lost after", lambda run, call: run.saga.at(after_call(call.number), die)
    )


def sent_twice(scenario: Scenario, state: str) -> SagaSearch:
    """A call takes effect, its response is lost, and the SDK sends it again."""
    return _at_each_call(
        scenario,
        state,
        "sent twice:",
        lambda run, call: run.saga.at(after_call(call.number), fail(ResponseLost)),
    )


def in_conflict(scenario: Scenario, state: str) -> SagaSearch:
    """Competing transactions make a call fail, and each of the table's retries."""

    def disturb(run: ScenarioRun, call: Call) -> None:
        # A retry is a call of its own, with the next number.
        for number in range(call.number, call.number + CONFLICT_ATTEMPTS):
            run.saga.at(before_call(number, to=call.target), fail(Conflict))

    return _at_each_call(scenario, state, "in conflict:", disturb)


def in_conflict_once(scenario: Scenario, state: str) -> SagaSearch:
    """A competing transaction makes a call fail, and has ended when it is retried."""
    return _at_each_call(
        scenario,
        state,
        "in conflict once:",
        lambda run, call: run.saga.at(before_call(call.number), fail(Conflict)),
    )


def overtaken(scenario: Scenario, state: str) -> SagaSearch:
    """Before a call, another execution of the order runs to its end."""
    return _at_each_call(
        scenario,
        state,
        "overtaken before",
        lambda run, call: run.saga.at(before_call(call.number), run.drive),
    )


def duplicated(scenario: Scenario, state: str) -> SagaSearch:
    """Before a call, the same step of another execution takes effect, and that execution is lost.

    Meanwhile, stock is held for another customer's order.
    """
    handler = synthesised_state_machine().handlers[state]

    def disturb(run: ScenarioRun, call: Call) -> None:
        other = run.world.place_order(*scenario.lines)
        run.world.step("reserve_stock", other)
        run.saga.at(before_call(call.number), lambda: run.world.step(handler, run.order_id))

    return _at_each_call(scenario, state, "duplicated before", disturb)


def duplicated_without_key_memory(scenario: Scenario, state: str) -> SagaSearch:
    """Before a call, the same step of another execution takes effect, and that execution is lost.

    The payment provider remembers no idempotency key, and gives each of the two its own id.
    """
    handler = synthesised_state_machine().handlers[state]
    keys = count(1)

    def disturb(run: ScenarioRun, call: Call) -> None:
        run.saga.at(before_call(call.number), lambda: run.world.step(handler, run.order_id))

    def search(harness: SagaHarness) -> Iterator[SagaTrial]:
        for trial in _at_each_call(scenario, state, "duplicated and forgotten before", disturb)(harness):
            yield Trial(trial.name, partial(without_memory, trial))

    def without_memory(trial: SagaTrial, harness: SagaHarness) -> list[str]:
        prepare = SandboxPayments.prepare

        def forgetful(provider: SandboxPayments, *, key: str, token: str, price: Money) -> str:
            return prepare(provider, key=f"{key}, {next(keys)}", token=token, price=price)

        with patch.object(SandboxPayments, "prepare", forgetful):
            return trial.perform(harness)

    return search


def with_late_step(scenario: Scenario, state: str, handler: str, *, lost: bool = False) -> SagaSearch:
    """Before a call, a late step of an earlier execution takes effect.

    `lost`: the execution that was about to make the call is lost as well.
    """

    def disturb(run: ScenarioRun, call: Call) -> None:
        def run_late_step() -> None:
            run.world.step(handler, run.order_id)
            if lost:
                die()

        run.saga.at(before_call(call.number), run_late_step)

    return _at_each_call(scenario, state, f"late {handler} before", disturb)


def restocked(scenario: Scenario, state: str) -> SagaSearch:
    """Before a call, stock arrives, and another execution reserves it and is lost."""

    def disturb(run: ScenarioRun, call: Call) -> None:
        def restock() -> None:
            run.world.stocked(units=5)
            run.world.step("reserve_stock", run.order_id)

        run.saga.at(before_call(call.number), restock)

    return _at_each_call(scenario, state, "restocked before", disturb, ("FULFILLED", None))


def given_up(scenario: Scenario, state: str) -> SagaSearch:
    """Before a call, the customer cancels the order, and another execution compensates everything."""

    def disturb(run: ScenarioRun, call: Call) -> None:
        def give_up() -> None:
            run.cancel()
            run.drive()

        run.saga.at(before_call(call.number), give_up)

    return _at_each_call(scenario, state, "given up before", disturb, CANCELLED_BY_CUSTOMER)


def cancelled_and_lost(scenario: Scenario, state: str) -> SagaSearch:
    """After a call took effect, the customer cancels the order, and the step's process is lost."""

    def disturb(run: ScenarioRun, call: Call) -> None:
        def cancel_and_crash() -> None:
            run.cancel()
            crash()

        run.saga.at(after_call(call.number), cancel_and_crash)

    return _at_each_call(scenario, state, "cancelled and lost after", disturb, CANCELLED_BY_CUSTOMER)


def _once(scenario: Scenario, name: str, disturb: Disturb) -> SagaSearch:
    return lambda harness: iter([Trial(name, partial(_perform, scenario, disturb, ()))])


def _at_each_call(scenario: Scenario, state: str, what: str, disturb: DisturbAt, *ends: End) -> SagaSearch:
    def search(harness: SagaHarness) -> Iterator[SagaTrial]:
        for call in [each for each in harness.open(scenario).calls() if each.step.state == state]:
            name = f"{scenario.name}, {what} call {call.number}, {call.target} in {state}"
            disturb_here = partial(_with_call, disturb, call)
            yield Trial(name, partial(_perform, scenario, disturb_here, ends))

    return search


def _with_call(disturb: DisturbAt, call: Call, run: ScenarioRun) -> object:
    return disturb(run, call)


def _perform(scenario: Scenario, disturb: Disturb, ends: tuple[End, ...], harness: SagaHarness) -> list[str]:
    """Drive every order as often as the queue does, and then check every guarantee."""
    run = harness.open(scenario)
    disturb(run)
    for order_id in [run.order_id, *_others(run)]:
        for _ in range(RECEIVES):
            if run.saga.drive(order_id).succeeded:
                break
    order = run.details.order
    found = invariants.violations(run.world)
    if not found and (order.status, order.reason) not in ((scenario.ends, scenario.reason), *ends):
        found = [f"4: order {order.order_id} is {order.status}, {order.reason}, because of a fault"]
    return found


def _others(run: ScenarioRun) -> list[OrderId]:
    orders = (OrderId(item["orderId"]) for item in run.world.items() if item["SK"] == "ORDER")
    return [order_id for order_id in orders if order_id != run.order_id]
