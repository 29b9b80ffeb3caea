"""POST /orders/{orderId}/cancel: possible until the carrier is called, then refused with the reason."""

import pytest

from ordering.domain.order import OrderId, Status
from ordering.repositories.order_transitions import OrderTransitions
from tests.support.aws_calls import AwsCalls, and_then, contended, fails
from tests.support.orders import WAYS, an_order, cancel_to_the_end, follow
from tests.support.refusals import kind_of
from tests.support.world import HandlerResponse, World

EARLY = [point for point in WAYS if point not in ("booked", "fulfilled")]


def cancel(world: World, order_id: str, subject: str = "alice") -> HandlerResponse:
    return world.api(
        "cancel_order", "POST /orders/{orderId}/cancel", path={"orderId": order_id}, subject=subject
    )


@pytest.mark.parametrize("point", EARLY)
def test_order_without_a_shipment_intent_is_cancelled(world: World, point: str) -> None:
    order_id = an_order(world, point)
    answer = cancel(world, order_id)
    assert (answer.status, answer.body["status"]) == (202, "CANCELLING")
    order = world.details(order_id).order
    assert (order.status, order.reason) == (Status.CANCELLING, "CUSTOMER_REQUEST")


def test_a_cancellation_is_one_transition_and_one_version(world: World) -> None:
    order_id = an_order(world, "confirmed")
    before = world.details(order_id).order
    cancel(world, order_id)
    after = world.details(order_id).order
    assert after.version == before.version + 1
    assert [move.status for move in after.history] == ["PENDING", "CONFIRMED", "CANCELLING"]


def test_repeated_cancellation_changes_nothing(world: World) -> None:
    order_id = an_order(world, "reserved")
    first = cancel(world, order_id)
    items = world.items()
    assert cancel(world, order_id).body == first.body
    assert world.items() == items


def test_repeated_cancellation_of_an_ended_order_has_the_first_response(world: World) -> None:
    order_id = an_order(world, "authorised")
    cancel_to_the_end(world, order_id)
    answer = cancel(world, order_id)
    assert (answer.status, answer.body["status"]) == (202, "CANCELLED")


@pytest.mark.parametrize(
    ("point", "says"),
    [
        ("booked", "The carrier has already been asked to collect the goods."),
        ("fulfilled", "The order is already FULFILLED."),
    ],
)
def test_cancellation_that_is_too_late_is_refused_with_the_reason(
    world: World, point: str, says: str
) -> None:
    order_id = an_order(world, point)
    items = world.items()
    answer = cancel(world, order_id)
    assert (answer.status, kind_of(answer), answer.body["detail"]) == (409, "too-late-to-cancel", says)
    assert world.items() == items


def test_order_that_is_being_rejected_cannot_be_cancelled(world: World) -> None:
    order_id = an_order(world, token="tok_declined")
    follow(world, order_id, "reserve_stock", "authorise_payment", "reject_order")
    answer = cancel(world, order_id)
    assert (answer.status, answer.body["detail"]) == (409, "The order is already REJECTING.")


@pytest.mark.parametrize("order_id", ["01a1feb7-acd5-72c9-85e5-23b47f04003b", "not-an-id", "%00"])
def test_unknown_order_cannot_be_cancelled(world: World, order_id: str) -> None:
    assert kind_of(cancel(world, order_id)) == "order-not-found"


def test_cancelling_an_order_of_another_customer_is_404(world: World) -> None:
    order_id = an_order(world)
    items = world.items()
    answer = cancel(world, order_id, subject="mallory")
    assert (answer.status, kind_of(answer)) == (404, "order-not-found")
    assert world.items() == items


def test_order_id_in_capitals_can_be_cancelled(world: World) -> None:
    order_id = an_order(world)
    assert cancel(world, order_id.upper()).status == 202
    assert world.details(order_id).order.status is Status.CANCELLING


# -- against the saga --------------------------------------------------------------------------------------


def test_order_confirmed_concurrently_is_still_cancelled(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world, "authorised")
    calls.next("Query", and_then(lambda: world.step("confirm_order", order_id)))
    assert cancel(world, order_id).status == 202
    moves = [move.status for move in world.details(order_id).order.history]
    assert moves == ["PENDING", "CONFIRMED", "CANCELLING"]


def test_order_booked_concurrently_is_too_late_to_cancel(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world, "captured")
    calls.next("Query", and_then(lambda: world.step("book_shipment", order_id)))
    assert cancel(world, order_id).status == 409
    assert world.details(order_id).order.status is Status.CONFIRMED


def test_contention_over_a_cancellation_returns_busy(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world)
    calls.always("TransactWriteItems", contended)
    answer = cancel(world, order_id)
    assert (answer.status, kind_of(answer)) == (503, "busy")
    assert world.details(order_id).order.status is Status.PENDING


def test_throttled_read_after_a_cancellation_does_not_deny_the_cancellation(
    world: World, calls: AwsCalls
) -> None:
    order_id = an_order(world)
    throttled = fails("ThrottlingException")
    # The first read finds the order; the second one would read its new status.
    calls.next("Query", and_then(lambda: calls.next("Query", throttled)))
    answer = cancel(world, order_id)
    assert (answer.status, kind_of(answer)) == (503, "busy")
    assert (
        answer.body["detail"] == "The change may have been made in whole or in part: send the request again."
    )
    assert world.details(order_id).order.status is Status.CANCELLING
    assert cancel(world, order_id).status == 202


def test_fault_in_a_cancellation_exposes_no_internal_detail(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world)
    calls.next("TransactWriteItems", fails("InternalServerError"))
    answer = cancel(world, order_id)
    assert (answer.status, kind_of(answer)) == (500, "internal")
    assert "TransactWriteItems" not in str(answer.body)


def test_order_that_keeps_changing_returns_busy(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = an_order(world)
    monkeypatch.setattr(OrderTransitions, "request_cancellation", lambda *_: False)
    assert kind_of(cancel(world, OrderId(order_id))) == "busy"
