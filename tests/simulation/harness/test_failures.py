"""Faults: what is tried again, what fails an execution, and what the next execution makes of it."""

import pytest

from ordering.domain.order import OrderId
from ordering.domain.order_details import OrderDetails
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import ReservationStatus
from tests.simulation.harness.conftest import Stage
from tests.simulation.harness.scenario_run import Scenario
from tests.simulation.harness.scenarios import DECLINED, FULFILLED, REFUSED_AT_CAPTURE, REFUSED_BY_CARRIER
from tests.support.faults import AnswerLost, Conflict, Fault, Throttled, Unavailable, crash, fail
from tests.support.injection_points import after_call, before, before_call
from tests.support.machine import Execution
from tests.synth import states, synthesised_state_machine

# A step is called, and then called again three times.
ATTEMPTS = 4

# -- what is tried again -------------------------------------------------------------------------


def test_a_step_that_fails_is_called_again_after_a_while(stage: Stage) -> None:
    play = stage(FULFILLED)
    play.saga.at(before_call(to="payments.capture"), fail(Unavailable), times=ATTEMPTS - 1)
    execution = play.drive()
    assert [outcome for state, outcome in execution.trail if state == "Capture payment"] == [
        *["GatewayUnavailable"] * (ATTEMPTS - 1),
        "CAPTURED",
    ]
    assert len(play.saga.naps) == ATTEMPTS - 1
    play.check()


def test_a_step_that_keeps_failing_fails_the_execution_and_the_next_one_goes_on_from_there(
    stage: Stage,
) -> None:
    play = stage(FULFILLED)
    play.saga.at(before_call(to="payments.capture"), fail(Unavailable), times=ATTEMPTS)
    failed, succeeded = play.drive_to_the_end()
    assert (failed.status, failed.error) == ("FAILED", "GatewayUnavailable")
    assert succeeded.trail[:3] == (
        ("Load order", "CONFIRMED"),
        ("Capture payment", "CAPTURED"),
        ("Book shipment", "BOOKED"),
    )
    play.check()


@pytest.mark.parametrize("operation", ["prepare", "authorise", "capture"])
def test_a_lost_answer_of_the_payment_provider_charges_nobody_twice(operation: str, stage: Stage) -> None:
    play = stage(FULFILLED)
    loss = play.saga.at(after_call(to=f"payments.{operation}"), fail(AnswerLost))
    assert play.drive().succeeded
    assert loss.fired
    play.check()


@pytest.mark.parametrize(
    ("scenario", "target"),
    [
        (REFUSED_BY_CARRIER, "shipping.book"),
        (REFUSED_BY_CARRIER, "shipping.cancel"),
        (REFUSED_BY_CARRIER, "payments.void"),
        (REFUSED_BY_CARRIER, "payments.refund"),
        (REFUSED_AT_CAPTURE, "payments.capture"),
        (REFUSED_AT_CAPTURE, "payments.void"),
        (DECLINED, "payments.authorise"),
    ],
)
def test_a_lost_answer_of_a_provider_leads_to_the_same_end(
    scenario: Scenario, target: str, stage: Stage
) -> None:
    play = stage(scenario)
    loss = play.saga.at(after_call(to=target), fail(AnswerLost))
    assert play.drive().succeeded
    assert loss.fired
    play.check()


@pytest.mark.parametrize("fault", [Throttled, Unavailable, AnswerLost])
def test_a_passing_fault_of_the_table_is_the_sdks_affair(fault: type[Fault], stage: Stage) -> None:
    play = stage(FULFILLED)
    passing = play.saga.at(before_call(to="dynamodb.TransactWriteItems"), fail(fault))
    assert play.drive().trail == FULFILLED.trail
    assert passing.fired
    assert len(play.saga.naps) == 1
    play.check()


def test_a_rival_transaction_is_waited_out(stage: Stage) -> None:
    """The SDK does not try a cancelled transaction again."""
    play = stage(FULFILLED)
    play.saga.at(before_call(to="dynamodb.TransactWriteItems"), fail(Conflict))
    execution = play.drive()
    assert ("Reserve stock", "TransactionCancelled") in execution.trail
    assert execution.succeeded
    play.check()


@pytest.mark.parametrize(
    ("scenario", "since"),
    [(FULFILLED, "Load order"), (REFUSED_BY_CARRIER, "Book shipment")],
    ids=["fulfilled", "given-back"],
)
def test_what_the_sdk_sends_twice_is_done_once(scenario: Scenario, since: str, stage: Stage) -> None:
    """Each call takes effect, its answer is lost, and the SDK sends it again."""
    for call in stage(scenario).calls(since):
        play = stage(scenario)
        loss = play.saga.at(after_call(call.number), fail(AnswerLost))
        assert play.drive().succeeded, call
        assert loss.fired, call
        play.check()


# -- the compensation ----------------------------------------------------------------------------


def _shipment_is_cancelled(details: OrderDetails) -> bool:
    return details.shipment is not None and details.shipment.status is ShipmentStatus.CANCELLED


def _payments_are_settled(details: OrderDetails) -> bool:
    return all(payment.status.is_settled for payment in details.payments)


def _stock_is_released(details: OrderDetails) -> bool:
    return details.reservation is not None and details.reservation.status is ReservationStatus.RELEASED


GIVEN_BACK = {
    "Cancel shipment": _shipment_is_cancelled,
    "Void or refund payment": _payments_are_settled,
    "Release stock": _stock_is_released,
}


@pytest.mark.parametrize("failing", GIVEN_BACK)
def test_a_compensation_that_fails_stops_none_of_the_others(failing: str, stage: Stage) -> None:
    play = stage(REFUSED_AT_CAPTURE)
    play.saga.at(before(failing), fail(Unavailable), times=ATTEMPTS)
    failed = play.drive()
    assert {name: given_back(play.details) for name, given_back in GIVEN_BACK.items()} == {
        name: name != failing for name in GIVEN_BACK
    }
    assert (failed.status, failed.error) == ("FAILED", "NotSettled")
    assert play.details.order.status == "CANCELLING"

    assert play.drive().trail[0] == ("Load order", "CANCELLING")
    play.check()


def test_an_order_is_closed_though_every_compensation_failed_once(stage: Stage) -> None:
    play = stage(REFUSED_AT_CAPTURE)
    for state in GIVEN_BACK:
        play.saga.at(before(state), fail(Unavailable), times=ATTEMPTS)
    failed, succeeded = play.drive_to_the_end()
    assert failed.error == "NotSettled"
    assert succeeded.trail[-1] == ("Close order", "CANCELLED")
    play.check()


def test_a_payment_whose_authorisation_nobody_heard_of_is_looked_up_and_voided(stage: Stage) -> None:
    play = stage(FULFILLED)

    def give_up() -> None:
        play.cancel()
        crash()

    play.saga.at(after_call(to="payments.authorise"), give_up)
    assert play.drive().succeeded
    assert [call.target for call in play.saga.calls if call.step.state == "Void or refund payment"] == [
        "dynamodb.Query",
        "payments.find",
        "payments.void",
        "dynamodb.UpdateItem",
    ]
    play.check(cancelled=True)


def test_the_first_authorisation_is_voided_before_there_is_a_second(stage: Stage) -> None:
    play = stage(REFUSED_AT_CAPTURE)
    play.drive()
    again = [call.target for call in play.saga.calls if call.step.state == "Authorise again"]
    assert again.index("payments.void") < again.index("payments.prepare") < again.index("payments.authorise")
    assert [payment.attempt for payment in play.details.payments] == [1, 2]
    assert all(page["captured"] == 0 for page in play.world.pages() if "captured" in page)


# -- the ends that fail --------------------------------------------------------------------------


def _unknown_order(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Execution:
    return stage(FULFILLED).saga.drive(OrderId("67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc"))


def _goes_in_circles(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Execution:
    """A step that finds the order moved each time it looks, though it stands where it stood."""
    monkeypatch.setattr(
        "lambdas.saga.book_shipment.handler", lambda event, context: event | {"outcome": "ORDER_MOVED"}
    )
    return stage(FULFILLED).drive()


def _says_something_else(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Execution:
    """A step of a later release, say."""
    monkeypatch.setattr(
        "lambdas.saga.reserve_stock.handler", lambda event, context: event | {"outcome": "PARTLY_RESERVED"}
    )
    return stage(FULFILLED).drive()


FAILING = {
    "No such order": _unknown_order,
    "Order keeps moving": _goes_in_circles,
    "Unknown outcome": _says_something_else,
}


def test_there_is_a_test_of_each_end_that_fails() -> None:
    definition = synthesised_state_machine().definition
    assert set(FAILING) == {name for name, state in states(definition) if state["Type"] == "Fail"}


@pytest.mark.parametrize("end", FAILING)
def test_an_execution_that_cannot_go_on_fails_so_that_its_message_comes_back(
    end: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution = FAILING[end](stage, monkeypatch)
    assert (execution.status, execution.error) == ("FAILED", end)
    assert execution.states[-1] == end
    assert execution.cause


def test_an_execution_goes_in_circles_for_a_bounded_number_of_times(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail = _goes_in_circles(stage, monkeypatch).trail
    assert [outcome for state, outcome in trail if state == "Load order"] == [
        "PENDING",
        *["CONFIRMED"] * 5,
        "KEEPS_MOVING",
    ]
