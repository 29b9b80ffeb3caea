"""Faults: what is retried, what fails an execution, and how the next execution continues."""

import pytest

from ordering.domain.order import OrderId
from ordering.domain.order_details import OrderDetails
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.step_outcome import StepOutcome
from ordering.domain.stock import ReservationStatus
from tests.simulation.harness.conftest import OpenScenario
from tests.simulation.harness.scenario_run import Scenario
from tests.simulation.harness.scenarios import DECLINED, FULFILLED, REFUSED_AT_CAPTURE, REFUSED_BY_CARRIER
from tests.support.aws_calls import CONFLICT_ATTEMPTS
from tests.support.faults import Conflict, Fault, ResponseLost, Throttled, Unavailable, crash, fail
from tests.support.injection_points import after_call, before, before_call
from tests.support.machine import Execution
from tests.synth import states, synthesised_state_machine

# A step is called once, and retried three times.
ATTEMPTS = 4

# -- what is retried ----------------------------------------------------------------------------


def test_a_failed_step_is_retried_after_a_delay(open_scenario: OpenScenario) -> None:
    run = open_scenario(FULFILLED)
    run.saga.at(before_call(to="payments.capture"), fail(Unavailable), times=ATTEMPTS - 1)
    execution = run.drive()
    assert [outcome for state, outcome in execution.trail if state == "Capture payment"] == [
        *["GatewayUnavailable"] * (ATTEMPTS - 1),
        "CAPTURED",
    ]
    assert len(run.saga.sleeps) == ATTEMPTS - 1
    run.check()


def test_the_next_execution_continues_at_the_step_that_failed(
    open_scenario: OpenScenario,
) -> None:
    run = open_scenario(FULFILLED)
    run.saga.at(before_call(to="payments.capture"), fail(Unavailable), times=ATTEMPTS)
    failed, succeeded = run.drive_to_the_end()
    assert (failed.status, failed.error) == ("FAILED", "GatewayUnavailable")
    assert succeeded.trail[:3] == (
        ("Load order", "CONFIRMED"),
        ("Capture payment", "CAPTURED"),
        ("Book shipment", "BOOKED"),
    )
    run.check()


@pytest.mark.parametrize("operation", ["prepare", "authorise", "capture"])
def test_a_lost_response_of_the_payment_provider_charges_once(
    operation: str, open_scenario: OpenScenario
) -> None:
    run = open_scenario(FULFILLED)
    loss = run.saga.at(after_call(to=f"payments.{operation}"), fail(ResponseLost))
    assert run.drive().succeeded
    assert loss.fired
    run.check()


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
def test_a_lost_response_of_a_provider_leads_to_the_same_end(
    scenario: Scenario, target: str, open_scenario: OpenScenario
) -> None:
    run = open_scenario(scenario)
    loss = run.saga.at(after_call(to=target), fail(ResponseLost))
    assert run.drive().succeeded
    assert loss.fired
    run.check()


@pytest.mark.parametrize("fault", [Throttled, Unavailable, ResponseLost])
def test_the_sdk_retries_a_transient_fault_of_the_table(
    fault: type[Fault], open_scenario: OpenScenario
) -> None:
    run = open_scenario(FULFILLED)
    transient = run.saga.at(before_call(to="dynamodb.TransactWriteItems"), fail(fault))
    assert run.drive().trail == FULFILLED.trail
    assert transient.fired
    assert len(run.saga.sleeps) == 1
    run.check()


def test_a_competing_transaction_is_retried_within_the_step(open_scenario: OpenScenario) -> None:
    """The SDK does not retry a cancelled transaction; the table's client does, within milliseconds."""
    run = open_scenario(FULFILLED)
    run.saga.at(before_call(to="dynamodb.TransactWriteItems"), fail(Conflict))
    assert run.drive().trail == FULFILLED.trail
    (delay,) = run.saga.sleeps
    assert delay < 1
    run.check()


def test_a_step_is_retried_if_competing_transactions_do_not_end(open_scenario: OpenScenario) -> None:
    run = open_scenario(FULFILLED)
    conflicts = before_call(to="dynamodb.TransactWriteItems")
    run.saga.at(conflicts, fail(Conflict), times=CONFLICT_ATTEMPTS)
    execution = run.drive()
    assert ("Reserve stock", "TransactionCancelled") in execution.trail
    assert execution.succeeded
    run.check()


@pytest.mark.parametrize(
    ("scenario", "since"),
    [(FULFILLED, "Load order"), (REFUSED_BY_CARRIER, "Book shipment")],
    ids=["fulfilled", "given-back"],
)
def test_a_call_that_the_sdk_sends_twice_takes_effect_once(
    scenario: Scenario, since: str, open_scenario: OpenScenario
) -> None:
    """Each call takes effect, its response is lost, and the SDK sends it again."""
    for call in open_scenario(scenario).calls(since):
        run = open_scenario(scenario)
        loss = run.saga.at(after_call(call.number), fail(ResponseLost))
        assert run.drive().succeeded, call
        assert loss.fired, call
        run.check()


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
def test_a_failing_compensation_stops_none_of_the_others(failing: str, open_scenario: OpenScenario) -> None:
    run = open_scenario(REFUSED_AT_CAPTURE)
    run.saga.at(before(failing), fail(Unavailable), times=ATTEMPTS)
    failed = run.drive()
    assert {name: given_back(run.details) for name, given_back in GIVEN_BACK.items()} == {
        name: name != failing for name in GIVEN_BACK
    }
    assert (failed.status, failed.error) == ("FAILED", "NotSettled")
    assert run.details.order.status == "CANCELLING"

    assert run.drive().trail[0] == ("Load order", "CANCELLING")
    run.check()


def test_an_order_is_closed_after_every_compensation_failed_once(open_scenario: OpenScenario) -> None:
    run = open_scenario(REFUSED_AT_CAPTURE)
    for state in GIVEN_BACK:
        run.saga.at(before(state), fail(Unavailable), times=ATTEMPTS)
    failed, succeeded = run.drive_to_the_end()
    assert failed.error == "NotSettled"
    assert succeeded.trail[-1] == ("Close order", "CANCELLED")
    run.check()


def test_an_authorisation_with_a_lost_response_is_looked_up_and_voided(
    open_scenario: OpenScenario,
) -> None:
    run = open_scenario(FULFILLED)

    def give_up() -> None:
        run.cancel()
        crash()

    run.saga.at(after_call(to="payments.authorise"), give_up)
    assert run.drive().succeeded
    assert [call.target for call in run.saga.calls if call.step.state == "Void or refund payment"] == [
        "dynamodb.Query",
        "payments.find",
        "payments.void",
        "dynamodb.UpdateItem",
    ]
    run.check(cancelled=True)


def test_the_first_authorisation_is_voided_before_the_second(open_scenario: OpenScenario) -> None:
    run = open_scenario(REFUSED_AT_CAPTURE)
    run.drive()
    again = [call.target for call in run.saga.calls if call.step.state == "Authorise again"]
    assert again.index("payments.void") < again.index("payments.prepare") < again.index("payments.authorise")
    assert [payment.attempt for payment in run.details.payments] == [1, 2]
    assert all(page["captured"] == 0 for page in run.world.provider_records() if "captured" in page)


# -- failed executions ----------------------------------------------------------------------------


def _unknown_order(open_scenario: OpenScenario, monkeypatch: pytest.MonkeyPatch) -> Execution:
    return open_scenario(FULFILLED).saga.drive(OrderId("67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc"))


def _reports_changes_for_ever(open_scenario: OpenScenario, monkeypatch: pytest.MonkeyPatch) -> Execution:
    """A step always reports that the order has changed, although it has not."""
    monkeypatch.setattr(
        "lambdas.saga.book_shipment.handler", lambda event, context: event | {"outcome": "ORDER_MOVED"}
    )
    return open_scenario(FULFILLED).drive()


def _returns_an_unknown_outcome(open_scenario: OpenScenario, monkeypatch: pytest.MonkeyPatch) -> Execution:
    """A step of a later release may return another outcome."""
    monkeypatch.setattr(
        "lambdas.saga.reserve_stock.handler", lambda event, context: event | {"outcome": "PARTLY_RESERVED"}
    )
    return open_scenario(FULFILLED).drive()


FAILING = {
    "No such order": _unknown_order,
    "Order keeps moving": _reports_changes_for_ever,
    "Unknown outcome": _returns_an_unknown_outcome,
}


def test_every_fail_state_has_a_test() -> None:
    definition = synthesised_state_machine().definition
    assert set(FAILING) == {name for name, state in states(definition) if state["Type"] == "Fail"}


@pytest.mark.parametrize("end", FAILING)
def test_an_execution_that_cannot_continue_fails(
    end: str, open_scenario: OpenScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution = FAILING[end](open_scenario, monkeypatch)
    assert (execution.status, execution.error) == ("FAILED", end)
    assert execution.states[-1] == end
    assert execution.cause


def test_an_execution_reloads_the_order_a_limited_number_of_times(
    open_scenario: OpenScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail = _reports_changes_for_ever(open_scenario, monkeypatch).trail
    assert [outcome for state, outcome in trail if state == "Load order"] == [
        "PENDING",
        *["CONFIRMED"] * 5,
        StepOutcome.TOO_MANY_RELOADS,
    ]
