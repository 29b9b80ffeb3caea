"""Refunding a fulfilled order: requested once, made by the sweep at the provider, recorded in one write."""

import pytest

from lambdas.scheduled import reconcile_orders
from ordering.aws.clients import client
from ordering.domain.clock import ago
from ordering.domain.order import OrderId, Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.refund import RefundStatus
from ordering.dynamodb.client import TransactionCancelled
from ordering.providers.faults import GatewayUnavailable
from ordering.providers.payments import PaymentAnswer
from ordering.repositories.audit_trail import AuditTrail
from ordering.repositories.keys import order_keys
from ordering.saga.payments import make_refund
from tests.handlers.scheduled.sweeping import sweep
from tests.support import deletion_invariants, invariants
from tests.support.aws_calls import CONFLICT_ATTEMPTS, AwsCalls, contended, sent_twice
from tests.support.environment import BUS
from tests.support.logs import Logs
from tests.support.orders import (
    COMPENSATION,
    WAYS,
    an_order,
    cancel_to_the_end,
    follow,
    overwrite,
    request_refund,
)
from tests.support.recorded import stream_event
from tests.support.tables import dynamodb
from tests.support.world import Context, World, invoke

pytestmark = pytest.mark.usefixtures("queue")


def refunded(world: World, order_id: OrderId) -> bool:
    """Whether provider, payment, refund and order agree that the order is refunded."""
    invariants.check(world)
    details = world.details(order_id)
    assert details.payment
    assert details.refund
    assert details.order.status is Status.FULFILLED
    return (details.payment.status, details.refund.status) == (PaymentStatus.REFUNDED, RefundStatus.REFUNDED)


def at_provider(world: World) -> list[tuple[int, int]]:
    """What was captured and refunded of each payment."""
    return [(each["captured"], each["refunded"]) for each in world.provider_records() if "token" in each]


# -- the request ---------------------------------------------------------------------------------------


def test_refund_of_a_fulfilled_order_is_made_by_the_next_sweep(world: World) -> None:
    """Guarantee 3: what was captured is refunded once, and the order remains FULFILLED."""
    order_id = an_order(world, "fulfilled")
    version = world.details(order_id).order.version
    assert request_refund(world, order_id)
    refund = world.details(order_id).refund
    assert refund
    assert (refund.status, refund.amount, refund.currency) == (RefundStatus.REQUESTED, 2500, "EUR")
    assert at_provider(world) == [(2500, 0)]
    assert sweep()["refunded"] == 1
    assert refunded(world, order_id)
    assert at_provider(world) == [(2500, 2500)]
    assert world.details(order_id).order.version == version
    assert sweep()["refunded"] == 0


@pytest.mark.parametrize("point", ["authorised", "captured", "booked"])
def test_open_order_cannot_be_refunded(world: World, point: str) -> None:
    order_id = an_order(world, point)
    items = world.items()
    assert not request_refund(world, order_id)
    assert world.items() == items


def test_cancelled_order_cannot_be_refunded(world: World) -> None:
    order_id = an_order(world, "captured")
    cancel_to_the_end(world, order_id)
    assert not request_refund(world, order_id)
    assert world.details(order_id).refund is None


def test_second_request_changes_nothing_before_and_after_the_refund(world: World) -> None:
    order_id = an_order(world, "fulfilled")
    assert request_refund(world, order_id)
    for _ in range(2):
        items = world.items()
        assert not request_refund(world, order_id)
        assert world.items() == items
        sweep()
    records, _ = AuditTrail(world.table).of_order(order_id)
    assert [record.action for record in records] == ["REFUND"]


def test_contention_over_a_request_records_nothing(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world, "fulfilled")
    items = world.items()
    calls.next("TransactWriteItems", contended, times=CONFLICT_ATTEMPTS)
    with pytest.raises(TransactionCancelled):
        request_refund(world, order_id)
    assert world.items() == items


def test_request_conflicts_with_no_step_that_runs_late(world: World) -> None:
    """Guarantee 3: no step of the saga acts on an order that is being refunded."""
    order_id = an_order(world, "fulfilled")
    assert request_refund(world, order_id)
    for step in ("authorise_payment", "capture_payment", "complete_order", *COMPENSATION):
        world.step(step, order_id)
    assert at_provider(world) == [(2500, 0)]
    sweep()
    assert refunded(world, order_id)


# -- the sweep -----------------------------------------------------------------------------------------


def test_refund_of_which_the_recording_was_lost_is_recorded_by_the_next_sweep(
    world: World, calls: AwsCalls
) -> None:
    """Guarantee 4: the provider responds to a repeated refund with the same status."""
    order_id = an_order(world, "fulfilled")
    request_refund(world, order_id)
    calls.next("TransactWriteItems", contended, times=CONFLICT_ATTEMPTS)
    assert sweep()["unrefunded"] == 1
    assert at_provider(world) == [(2500, 2500)]
    overwrite(world, order_keys.refund(order_id), GSI2SK=ago(seconds=1))
    assert sweep()["refunded"] == 1
    assert refunded(world, order_id)
    assert at_provider(world) == [(2500, 2500)]


def test_recording_that_the_sdk_sends_twice_changes_the_refund_once(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world, "fulfilled")
    request_refund(world, order_id)
    calls.next("TransactWriteItems", sent_twice)
    sweep()
    assert refunded(world, order_id)
    refund = world.details(order_id).refund
    assert refund
    assert refund.version == 2


def test_two_sweeps_at_once_record_a_refund_once(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world, "fulfilled")
    request_refund(world, order_id)
    load = reconcile_orders.orders.load(order_id)
    assert load
    assert sweep()["refunded"] == 1
    items = world.items()
    assert make_refund(reconcile_orders.refunds, reconcile_orders.gateway, load)
    assert world.items() == items


def test_payment_that_a_late_step_has_recorded_as_refunded_completes_the_refund(world: World) -> None:
    """A step that runs late records what the provider reports: the payment can be ahead of the refund."""
    order_id = an_order(world, "fulfilled")
    request_refund(world, order_id)
    payment = world.details(order_id).payment
    assert payment
    reconcile_orders.gateway.refund(payment.payment_id)
    overwrite(world, order_keys.payment(order_id, 1), status="REFUNDED")
    assert sweep()["refunded"] == 1
    assert refunded(world, order_id)


@pytest.mark.slow
def test_refund_that_fails_blocks_no_other_and_is_retried(
    world: World, monkeypatch: pytest.MonkeyPatch, logs: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reconcile_orders, "BATCH", 1)
    hopeless = an_order(world, "fulfilled")
    request_refund(world, hopeless)
    with monkeypatch.context() as patch:

        def unavailable(_: str) -> PaymentAnswer:
            raise GatewayUnavailable

        patch.setattr(reconcile_orders.gateway, "refund", unavailable)
        assert sweep()["unrefunded"] == 1
    (line,) = [line for line in logs.lines if line["message"] == "payment not refunded"]
    ids = world.details(hopeless).order.ids
    assert ids
    assert line["order_id"] == hopeless
    assert (line["correlation_id"], line["trace_id"]) == (ids.correlation_id, ids.trace_id)
    # The alarm PaymentsNotSettled counts it.
    assert '"PaymentsNotSettled":[1.0]' in capsys.readouterr().out.replace(" ", "")
    other = world.place_order()
    follow(world, other, *WAYS["fulfilled"])
    request_refund(world, other)
    assert sweep()["refunded"] == 1
    details = world.details(other)
    assert details.refund
    assert details.refund.status is RefundStatus.REFUNDED
    overwrite(world, order_keys.refund(hopeless), GSI2SK=ago(seconds=1))
    assert sweep()["refunded"] == 1
    assert refunded(world, hopeless)


def test_refund_that_the_provider_refuses_is_not_recorded_as_made(
    world: World, monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    order_id = an_order(world, "fulfilled")
    request_refund(world, order_id)
    refused = PaymentAnswer(status=PaymentStatus.CAPTURED, reason="charge_disputed")
    monkeypatch.setattr(reconcile_orders.gateway, "refund", lambda _: refused)
    assert sweep()["unrefunded"] == 1
    details = world.details(order_id)
    assert details.refund
    assert details.payment
    assert (details.refund.status, details.payment.status) == ("REQUESTED", "CAPTURED")
    assert "charge_disputed" in str(
        [line for line in logs.lines if line["message"] == "payment not refunded"]
    )


def test_unreadable_refund_blocks_no_other(world: World) -> None:
    unreadable = an_order(world, "fulfilled")
    request_refund(world, unreadable)
    overwrite(world, order_keys.refund(unreadable), amount="much")
    assert sweep()["unrefunded"] == 1
    assert sweep()["unrefunded"] == 0


def test_refund_is_not_started_without_time_left(world: World) -> None:
    order_id = an_order(world, "fulfilled")
    request_refund(world, order_id)
    invoke("scheduled.reconcile_orders", {}, Context(remaining_milliseconds=19_999))
    assert at_provider(world) == [(2500, 0)]
    invoke("scheduled.reconcile_orders", {}, Context(remaining_milliseconds=20_000))
    assert refunded(world, order_id)


def test_refund_that_the_index_still_shows_after_it_was_made_is_left_as_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index is eventually consistent."""
    order_id = an_order(world, "fulfilled")
    request_refund(world, order_id)
    sweep()
    items = world.items()
    monkeypatch.setattr(reconcile_orders.refunds, "due", lambda now, limit: [order_id])
    assert (sweep()["refunded"], sweep()["unrefunded"]) == (0, 0)
    assert world.items() == items


# -- what others see -----------------------------------------------------------------------------------


def test_customer_sees_the_refund_as_the_status_of_the_payment(world: World) -> None:
    order_id = an_order(world, "fulfilled")
    request_refund(world, order_id)
    sweep()
    shown = world.api("get_order", "GET /orders/{orderId}", path={"orderId": order_id}).body
    assert (shown["status"], shown["payment"]["status"]) == ("FULFILLED", "REFUNDED")
    assert "grace" not in str(shown)


def test_refund_and_its_payment_are_published_under_the_order(world: World, calls: AwsCalls) -> None:
    """Guarantee 5, and no event contains who requested the refund."""
    client("events").create_event_bus(Name=BUS)
    order_id = an_order(world, "fulfilled")
    request_refund(world, order_id)
    sweep()
    items = dynamodb().scan(TableName=world.table.name)["Items"]
    images = [item for item in items if item["SK"]["S"] in ("REFUND", "PAYMENT#01")]
    invoke("events.publish_changes", stream_event(*((None, image) for image in images)))
    (sent,) = calls.made("PutEvents")
    types = {entry["DetailType"] for entry in sent["Entries"]}
    assert types == {"OrderRefunded", "PaymentRefunded"}
    assert "grace" not in str(sent)


@pytest.mark.slow
def test_removal_of_a_customer_keeps_the_refund_which_has_no_data_of_theirs(world: World) -> None:
    world.with_profile("ada@example.com")
    order_id = an_order(world, "fulfilled")
    request_refund(world, order_id)
    assert world.api("delete_profile", "DELETE /customers/me").status == 204
    sweep()
    assert refunded(world, order_id)
    rest = [item for item in world.items() if item["SK"] != "REMOVAL"]
    assert list(deletion_invariants.violations(rest)) == []
