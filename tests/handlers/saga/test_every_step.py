"""What every saga step guarantees: a late step changes nothing."""

from typing import Any

import msgspec
import pytest

from lambdas.saga import load_order
from ordering.domain.order import OrderId, Status
from ordering.domain.step_outcome import StepOutcome
from ordering.repositories.keys import order_keys
from tests.support.builders import ORDER_ID
from tests.support.orders import an_order, overwrite
from tests.support.recorded import recorded
from tests.support.world import World, invoke

# Each step with the statuses of the order in which it has work to do.
WORKS_AT = {
    "reserve_stock": {Status.PENDING},
    "authorise_payment": {Status.PENDING},
    "confirm_order": {Status.PENDING},
    "reject_order": {Status.PENDING},
    "capture_payment": {Status.CONFIRMED},
    "book_shipment": {Status.CONFIRMED},
    "reauthorise_payment": {Status.CONFIRMED},
    "complete_order": {Status.CONFIRMED},
    "turn_back": {Status.CONFIRMED},
    "cancel_shipment": {Status.REJECTING, Status.CANCELLING},
    "void_or_refund_payment": {Status.REJECTING, Status.CANCELLING},
    "release_stock": {Status.REJECTING, Status.CANCELLING},
    "close_order": {Status.REJECTING, Status.CANCELLING},
}
EVERY_STEP = [*WORKS_AT, "load_order"]


@pytest.mark.parametrize("step", WORKS_AT)
def test_step_that_finds_another_status_reports_it_and_writes_nothing(world: World, step: str) -> None:
    order_id = an_order(world, "booked")
    before = world.items(), world.provider_records()
    elsewhere = [status for status in Status if status not in WORKS_AT[step]]
    assert [_outcome_at(world, step, order_id, status) for status in elsewhere] == ["ORDER_MOVED"] * len(
        elsewhere
    )
    overwrite(world, order_keys.order(order_id), status=Status.CONFIRMED)
    assert (world.items(), world.provider_records()) == before


def _outcome_at(world: World, step: str, order_id: OrderId, status: Status) -> str:
    overwrite(world, order_keys.order(order_id), status=status)
    return world.step(step, order_id)


@pytest.mark.parametrize("step", EVERY_STEP)
def test_step_reports_an_unknown_order(world: World, step: str) -> None:
    assert world.step(step, ORDER_ID) == "NOT_FOUND"


@pytest.mark.parametrize("step", EVERY_STEP)
def test_step_writes_nothing_for_an_unknown_order(world: World, step: str) -> None:
    world.step(step, ORDER_ID)
    assert (world.items(), world.provider_records()) == ([], [])


@pytest.mark.parametrize("step", [step for step in EVERY_STEP if step != "load_order"])
def test_step_passes_on_the_number_of_loads(world: World, step: str) -> None:
    answer = invoke(f"saga.{step}", {"orderId": ORDER_ID, "loads": 3, "outcome": "BOOKED"})
    assert (answer["orderId"], answer["loads"]) == (ORDER_ID, 3)


@pytest.mark.parametrize("step", EVERY_STEP)
def test_step_returns_plain_json(world: World, step: str) -> None:
    answer = invoke(f"saga.{step}", {"orderId": an_order(world, "confirmed")})
    assert {type(value) for value in answer.values()} <= {str, int}


@pytest.mark.parametrize("step", EVERY_STEP)
def test_step_ignores_the_context_that_the_state_machine_adds(world: World, step: str) -> None:
    fault = {"Error": "GatewayUnavailable", "Cause": "{}"}
    state = {"orderId": ORDER_ID, "capture": "CAPTURED", "booking": "BOOKED", "fault": fault}
    assert invoke(f"saga.{step}", state)["outcome"] == "NOT_FOUND"


@pytest.mark.parametrize(
    "state", [{}, {"orderId": 5}, {"orderId": None}, {"orderId": ORDER_ID, "loads": "3"}]
)
def test_step_input_of_another_form_is_a_fault(world: World, state: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        invoke("saga.reserve_stock", state)


# -- load order ----------------------------------------------------------------------------------------


def loaded(order_id: OrderId, loads: int = 0) -> tuple[str, int]:
    answer = invoke("saga.load_order", {"orderId": order_id, "loads": loads})
    return answer["outcome"], answer["loads"]


@pytest.mark.parametrize("status", Status)
def test_load_order_returns_the_current_status(world: World, status: Status) -> None:
    order_id = an_order(world)
    overwrite(world, order_keys.order(order_id), status=status)
    assert loaded(order_id) == (status, 1)


def test_saga_starts_with_the_order_id_alone(world: World) -> None:
    order_id = an_order(world)
    (message,) = recorded("sqs_order_queue")["Records"]
    state = msgspec.json.decode(message["body"]) | {"orderId": order_id}
    assert invoke("saga.load_order", state) == {"orderId": order_id, "loads": 1, "outcome": "PENDING"}


def test_load_order_counts_each_load(world: World) -> None:
    order_id = an_order(world)
    assert [loaded(order_id, loads)[1] for loads in range(3)] == [1, 2, 3]


def test_order_may_be_loaded_once_for_each_transition(world: World) -> None:
    assert loaded(an_order(world), loads=load_order.MAX_LOADS - 1)[0] == "PENDING"


def test_order_that_keeps_changing_is_left_to_another_execution(world: World) -> None:
    assert loaded(an_order(world), loads=load_order.MAX_LOADS)[0] == StepOutcome.TOO_MANY_RELOADS


@pytest.mark.parametrize("status", [status for status in Status if status.is_terminal])
def test_ended_order_is_reported_after_any_number_of_loads(world: World, status: Status) -> None:
    order_id = an_order(world)
    overwrite(world, order_keys.order(order_id), status=status)
    assert loaded(order_id, loads=99)[0] == status
