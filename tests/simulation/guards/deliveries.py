"""Trials of the whole order path: an order is placed, and something fails between the functions."""

from collections.abc import Callable, Iterator
from functools import partial

from ordering.domain.clock import ago, milliseconds, now
from ordering.domain.order import OrderFault, OrderId
from ordering.repositories.health import Health
from ordering.repositories.reconciliation import Reconciliation
from ordering.resilience.circuit import Circuit, CircuitState
from ordering.resilience.diagnosis import FaultKind
from ordering.resilience.pacing import LAST_ATTEMPT
from tests.simulation.guards.trial import Search, Trial
from tests.support import event_invariants, invariants
from tests.support.backend import Backend
from tests.support.faults import ResponseLost, Unavailable, crash, die, fail
from tests.support.injection_points import Call, after_call, after_place, before, before_call, before_place
from tests.support.orders import request_refund
from tests.support.world import World
from tests.synth import synthesised

MUGS = ("MUG-RED", 2)

# The longest time that a start of the saga may take.
START_SECONDS = 130

PathSearch = Search[Backend]


def crashing(function: str) -> PathSearch:
    """A function's process is lost after one of its calls took effect; the customer retries if necessary."""

    def search(shop: Backend) -> Iterator[Trial[Backend]]:
        for call in _calls_of(function, shop):
            name = f"{function} lost after call {call.number}, {call.target}"
            yield Trial(name, partial(_perform, partial(_lose, call)))

    return search


def _lose(call: Call, shop: Backend) -> None:
    shop.calls.at(after_place(call.place), crash)
    shop.alice.place(MUGS)


def duplicated(state: str, handler: str) -> PathSearch:
    """Before a call of a step, the same step of another execution takes effect."""

    def search(shop: Backend) -> Iterator[Trial[Backend]]:
        for call in _calls_of(state, shop):
            name = f"duplicated before call {call.number}, {call.target} in {state}"
            yield Trial(name, partial(_perform, partial(_duplicate, call, handler)))

    return search


def _duplicate(call: Call, handler: str, shop: Backend) -> None:
    shop.calls.at(before_place(call.place), lambda: shop.world.step(handler, OrderId(shop.alice.order_id)))
    shop.alice.place(MUGS)


def _once(name: str, happens: Callable[[Backend], object]) -> PathSearch:
    return lambda shop: iter([Trial(name, partial(_perform, happens))])


def _refused_by_the_bus(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.bus.refuse_one()


def _failing(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.calls.at(before("Load order"), fail(Unavailable), times=4)


def _unanswered(shop: Backend) -> None:
    """The state machine is started, and its caller never gets the response."""

    def lose() -> None:
        shop.clock.move(START_SECONDS)
        raise ResponseLost

    shop.alice.place(MUGS)
    shop.calls.at(after_call(to="sfn.StartSyncExecution"), lose, times=2)


def _ended_while_parked(shop: Backend) -> None:
    """An order has failed often enough to be parked. Just before that, another driver ends it."""
    shop.alice.place(MUGS)
    order_id = OrderId(shop.alice.order_id)
    shop.deliver_changes()
    at = ago(hours=2)
    fault = OrderFault(at=at, cause="", kind=FaultKind.ORDER, since=at, count=9)
    sweep = Reconciliation(shop.world.table)
    sweep.note_fault(order_id, fault, nudged_at=at)
    shop.saga.drive(order_id)
    sweep.park(order_id, fault, at=now())


def _nothing_succeeds(shop: Backend) -> None:
    """Every execution fails for six hours, with an unknown error; then everything works."""
    shop.alice.place(MUGS)
    fails = shop.calls.at(before("Load order"), fail(Unavailable), times=None)
    for _ in range(24):
        shop.deliver_everything()
        shop.clock.move(900)
        shop.sweep()
    fails.times = fails.fired


def _received_too_often(shop: Backend) -> None:
    """The last receive of a message has passed, and no driver has ever reported a result."""
    shop.alice.place(MUGS)
    shop.deliver_changes()
    (message,) = shop.queue.messages
    message.receives = LAST_ATTEMPT


def _driven_twice_at_once(shop: Backend) -> None:
    """While an order is driven, its message is delivered again."""
    shop.alice.place(MUGS)
    shop.deliver_changes()
    (message,) = shop.queue.messages

    def deliver_again() -> None:
        shop.queue.put(message.body)
        shop.deliver_messages()

    shop.calls.at(before("Confirm order"), deliver_again)


def _provider_away(shop: Backend) -> None:
    """The circuit of the payment provider is open. The provider works again, and there was no probe yet."""
    at = milliseconds()
    Health(shop.world.table).change(
        "payments",
        lambda before: Circuit(of="payments", state=CircuitState.OPEN, changed_at=at, probe_at=at + 60_000),
    )
    shop.alice.place(MUGS)


def _stopped_before_it_is_confirmed(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.calls.at(before("Confirm order"), die)
    shop.deliver_everything()
    shop.clock.move(1000)
    shop.sweep()


def _refunded(shop: Backend) -> None:
    """An operator has a fulfilled order refunded."""
    shop.alice.place(MUGS)
    shop.run_to_the_end()
    request_refund(shop.world, OrderId(shop.alice.order_id))


def _refunded_twice(shop: Backend) -> None:
    """A second operator requests the refund after it was made."""
    _refunded(shop)
    shop.run_to_the_end()
    request_refund(shop.world, OrderId(shop.alice.order_id))


def _refunded_too_early(shop: Backend) -> None:
    """An operator requests the refund of an order that is paid but not dispatched."""
    shop.alice.place(MUGS)
    shop.calls.at(before("Complete order"), die)
    shop.deliver_everything()
    request_refund(shop.world, OrderId(shop.alice.order_id))
    shop.sweep()


def _refunded_by_two_sweeps(shop: Backend) -> None:
    """Before a sweep records a refund, another sweep has made and recorded it."""
    _refunded(shop)
    shop.calls.at(before_call(to="dynamodb.TransactWriteItems"), shop.sweep)
    shop.sweep()


def _swept_twice(shop: Backend) -> None:
    """Before a sweep claims an order, another sweep has done so."""
    shop.alice.place(MUGS)
    shop.deliver_changes()
    shop.queue.begin()
    shop.clock.move(1000)
    shop.calls.at(before_call(to="dynamodb.UpdateItem"), shop.sweep)
    shop.sweep()


REFUSED_BY_THE_BUS = _once("the bus refuses an event", _refused_by_the_bus)
FAILING = _once("an execution fails", _failing)
UNANSWERED = _once("the start of the saga gets no response", _unanswered)
UNDISTURBED = _once("fulfilled, and swept", lambda shop: shop.alice.place(MUGS))
ENDED_WHILE_PARKED = _once("an order ends before it is parked", _ended_while_parked)
NOTHING_SUCCEEDS = _once("nothing succeeds for six hours", _nothing_succeeds)
RECEIVED_TOO_OFTEN = _once("a message is received for the last time", _received_too_often)
DRIVEN_TWICE_AT_ONCE = _once("an order is driven twice at once", _driven_twice_at_once)
PROVIDER_AWAY = _once("a provider is unavailable when an order is placed", _provider_away)
REFUNDED = _once("a fulfilled order is refunded", _refunded)
REFUNDED_TWICE = _once("a fulfilled order is to be refunded twice", _refunded_twice)
REFUNDED_TOO_EARLY = _once("an order is to be refunded before it is dispatched", _refunded_too_early)
REFUNDED_BY_TWO_SWEEPS = _once("an order is refunded by two sweeps at once", _refunded_by_two_sweeps)
SWEPT_TWICE = _once("an order is swept twice at once", _swept_twice)
STOPPED = _once("an execution stops before the order is confirmed", _stopped_before_it_is_confirmed)


def _calls_of(state: str, shop: Backend) -> list[Call]:
    shop.begin("ten red mugs", World.stocked)
    shop.alice.place(MUGS)
    shop.run_to_the_end()
    return [call for call in shop.calls.made if call.step.state == state]


def _perform(happens: Callable[[Backend], object], shop: Backend) -> list[str]:
    shop.begin("ten red mugs", World.stocked)
    happens(shop)
    found = [] if _has_an_end(shop) else ["4: the order never ends, and no alarm is raised"]
    shop.clock.move(1000)
    shop.sweep()
    found += invariants.violations(shop.world)
    events, known = shop.bus.published, shop.alice.order_ids
    found += event_invariants.violations(shop.stream.changes, events, shop.world.items(), known)
    return [*found, *_started_twice(shop)]


def _has_an_end(shop: Backend) -> bool:
    try:
        shop.run_to_the_end()
    except AssertionError:
        return False
    return True


def _started_twice(shop: Backend) -> Iterator[str]:
    """Each receive of a message starts the saga once, because the function has no time for a second start."""
    seconds = synthesised("dev").function("drive_order").properties["Timeout"]
    starts = [call for call in shop.calls.made if call.target == "sfn.StartSyncExecution"]
    for again in (call for call in starts if call.attempt > 1):
        yield (
            f"4: {again.step.execution} started the saga {again.attempt} times for one message:"
            f" {again.attempt} x {START_SECONDS} s do not fit into its {seconds} s, so that"
            " it is killed, and its whole batch is redelivered"
        )
