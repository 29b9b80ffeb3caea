"""Takes of the saga: a scenario performed once, with one thing going wrong in it.

given_up(FULFILLED, "Authorise payment")      a take for each call that this state makes
"""

from collections.abc import Callable, Iterator
from functools import partial

from ordering.domain.order import OrderId
from tests.simulation.guards.trial import Search, Trial
from tests.simulation.harness.scenario_run import SagaHarness, Scenario, ScenarioRun
from tests.support import invariants
from tests.support.faults import AnswerLost, Conflict, Unavailable, crash, die, fail
from tests.support.injection_points import Call, after_call, before, before_call
from tests.synth import synthesised_state_machine

# The queue would deliver it eight times. What is to go wrong does so in the first execution, at most in the
# second: an order that three do not bring to its end is not brought to it by more of them.
RECEIVES = 3

# A step is called, and then called again three times.
ATTEMPTS = 4

End = tuple[str, str | None]
WISH: End = ("CANCELLED", "CUSTOMER_REQUEST")


SagaTake = Trial[SagaHarness]
SagaSearch = Search[SagaHarness]
Disturb = Callable[[ScenarioRun], object]
DisturbAt = Callable[[ScenarioRun, Call], object]


def undisturbed(scenario: Scenario) -> SagaSearch:
    """Nothing goes wrong but what the scenario tells of."""
    return _once(scenario, scenario.name, lambda play: None)


def stray(scenario: Scenario, handler: str) -> SagaSearch:
    """When the order has come to its end, one of its steps is called once more."""

    def disturb(play: ScenarioRun) -> None:
        play.drive_to_the_end()
        play.world.step(handler, play.order_id)

    return _once(scenario, f"{scenario.name}, then a stray call of {handler}", disturb)


def failing(scenario: Scenario, state: str) -> SagaSearch:
    """A state fails for a whole execution, all its attempts."""
    return _once(
        scenario,
        f"{scenario.name}, failing in {state}",
        lambda play: play.saga.at(before(state), fail(Unavailable), times=ATTEMPTS),
    )


def dying(scenario: Scenario, state: str) -> SagaSearch:
    """After a call took effect the execution is lost, and another begins."""
    return _at_each_call(
        scenario, state, "lost after", lambda play, call: play.saga.at(after_call(call.number), die)
    )


def sent_twice(scenario: Scenario, state: str) -> SagaSearch:
    """A call takes effect, its answer is lost, and the SDK sends it again."""
    return _at_each_call(
        scenario,
        state,
        "sent twice:",
        lambda play, call: play.saga.at(after_call(call.number), fail(AnswerLost)),
    )


def in_conflict(scenario: Scenario, state: str) -> SagaSearch:
    """A rival transaction is in the way of a call."""
    return _at_each_call(
        scenario,
        state,
        "in conflict:",
        lambda play, call: play.saga.at(before_call(call.number), fail(Conflict)),
    )


def overtaken(scenario: Scenario, state: str) -> SagaSearch:
    """Before a call, another execution of the order runs to the end."""
    return _at_each_call(
        scenario,
        state,
        "overtaken before",
        lambda play, call: play.saga.at(before_call(call.number), play.drive),
    )


def doubled(scenario: Scenario, state: str) -> SagaSearch:
    """Before a call, the same step of another execution takes effect, and that execution is lost.

    Somebody else's order has its stock held all the while.
    """
    handler = synthesised_state_machine().handlers[state]

    def disturb(play: ScenarioRun, call: Call) -> None:
        other = play.world.place_order(*scenario.lines)
        play.world.step("reserve_stock", other)
        play.saga.at(before_call(call.number), lambda: play.world.step(handler, play.order_id))

    return _at_each_call(scenario, state, "doubled before", disturb)


def haunted(scenario: Scenario, state: str, handler: str, *, lost: bool = False) -> SagaSearch:
    """Before a call, a step of an execution that everybody had forgotten takes effect.

    `lost`: and the execution that was about to make the call is lost.
    """

    def disturb(play: ScenarioRun, call: Call) -> None:
        def appear() -> None:
            play.world.step(handler, play.order_id)
            if lost:
                die()

        play.saga.at(before_call(call.number), appear)

    return _at_each_call(scenario, state, f"haunted by {handler} before", disturb)


def restocked(scenario: Scenario, state: str) -> SagaSearch:
    """Before a call stock comes in, and another execution reserves it, and is lost."""

    def disturb(play: ScenarioRun, call: Call) -> None:
        def restock() -> None:
            play.world.stocked(units=5)
            play.world.step("reserve_stock", play.order_id)

        play.saga.at(before_call(call.number), restock)

    return _at_each_call(scenario, state, "restocked before", disturb, ("FULFILLED", None))


def given_up(scenario: Scenario, state: str) -> SagaSearch:
    """Before a call, the customer cancels the order, and another execution gives everything back."""

    def disturb(play: ScenarioRun, call: Call) -> None:
        def give_up() -> None:
            play.cancel()
            play.drive()

        play.saga.at(before_call(call.number), give_up)

    return _at_each_call(scenario, state, "given up before", disturb, WISH)


def cancelled_and_lost(scenario: Scenario, state: str) -> SagaSearch:
    """After a call took effect the customer cancels the order, and the step's process is lost."""

    def disturb(play: ScenarioRun, call: Call) -> None:
        def cancel_and_crash() -> None:
            play.cancel()
            crash()

        play.saga.at(after_call(call.number), cancel_and_crash)

    return _at_each_call(scenario, state, "cancelled and lost after", disturb, WISH)


def _once(scenario: Scenario, name: str, disturb: Disturb) -> SagaSearch:
    return lambda theatre: iter([Trial(name, partial(_perform, scenario, disturb, ()))])


def _at_each_call(scenario: Scenario, state: str, what: str, disturb: DisturbAt, *ends: End) -> SagaSearch:
    def takes(theatre: SagaHarness) -> Iterator[SagaTake]:
        for call in [each for each in theatre.open(scenario).calls() if each.step.state == state]:
            name = f"{scenario.name}, {what} call {call.number}, {call.target} in {state}"
            disturb_here = partial(_swapped, disturb, call)
            yield Trial(name, partial(_perform, scenario, disturb_here, ends))

    return takes


def _swapped(disturb: DisturbAt, call: Call, play: ScenarioRun) -> object:
    return disturb(play, call)


def _perform(scenario: Scenario, disturb: Disturb, ends: tuple[End, ...], theatre: SagaHarness) -> list[str]:
    """Every order is driven as often as the queue would, and then every promise is checked."""
    play = theatre.open(scenario)
    disturb(play)
    for order_id in [play.order_id, *_others(play)]:
        for _ in range(RECEIVES):
            if play.saga.drive(order_id).succeeded:
                break
    order = play.details.order
    found = invariants.violations(play.world)
    if not found and (order.status, order.reason) not in ((scenario.ends, scenario.reason), *ends):
        found = [f"4: order {order.order_id} is {order.status}, {order.reason}: a fault decided that"]
    return found


def _others(play: ScenarioRun) -> list[OrderId]:
    orders = (OrderId(item["orderId"]) for item in play.world.items() if item["SK"] == "ORDER")
    return [order_id for order_id in orders if order_id != play.order_id]
