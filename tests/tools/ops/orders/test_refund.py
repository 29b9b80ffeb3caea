"""Requesting the refund of a fulfilled order: what is refused, and the record of who requested it."""

import pytest

from ordering.domain.order import OrderId
from ordering.providers import payment_gateway
from ordering.repositories import keys
from ordering.repositories.audit_trail import AuditTrail
from ordering.repositories.refunds import Refunds
from ordering.saga.payments import make_refund
from tests.support.aws_calls import AwsCalls, and_then, contended
from tests.support.orders import an_order, cancel, cancel_to_the_end, request_refund
from tests.tools.ops.deployed import Deployed, Ran
from tests.tools.ops.orders.test_cancel import CALLER, audit_items

REASON = "arrived broken"


def refund(deployed: Deployed, order_id: str, *options: str, reason: str = REASON) -> Ran:
    return deployed.ops("refund", order_id, "--reason", reason, "--yes", *options)


def made(deployed: Deployed, order_id: OrderId) -> None:
    """The sweep makes the refund."""
    table = deployed.world.table
    make_refund(Refunds(table), payment_gateway(), deployed.world.details(order_id))


def test_refund_of_a_fulfilled_order_is_requested_and_recorded_in_one_transaction(
    deployed: Deployed, calls: AwsCalls
) -> None:
    order_id = an_order(deployed.world, "fulfilled")
    ran = refund(deployed, order_id)
    assert ran.status == 0, ran.err
    assert f"refund of 25.00 EUR requested by {CALLER}" in ran.out
    details = deployed.world.details(order_id)
    assert details.refund
    assert (details.order.status, details.refund.status) == ("FULFILLED", "REQUESTED")
    (record,) = AuditTrail(deployed.world.table).of_order(order_id)[0]
    assert (record.action, record.by, record.reason) == ("REFUND", CALLER, REASON)
    assert record.at == details.refund.created_at
    sent = calls.made("TransactWriteItems")[-1]
    assert [next(iter(action)) for action in sent["TransactItems"]] == ["ConditionCheck", "Put", "Put"]


def test_second_refund_is_refused_before_and_after_the_first_is_made(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, "fulfilled")
    refund(deployed, order_id)
    for why in (f"the refund of order {order_id} was requested at", f"the order {order_id} was refunded at"):
        ran = refund(deployed, order_id)
        assert ran.status == 1
        assert why in ran.err
        assert f"`show {order_id}` prints who requested it, and why" in ran.err
        made(deployed, order_id)
    assert len(audit_items(deployed)) == 1


@pytest.mark.parametrize(
    ("point", "why", "remedy"),
    [
        ("placed", "is PENDING, not FULFILLED", "use `cancel`"),
        ("captured", "is CONFIRMED, not FULFILLED", "use `cancel`"),
        ("booked", "is CONFIRMED, not FULFILLED", "let it end"),
    ],
)
def test_refund_of_an_open_order_is_refused_with_what_to_do_instead(
    deployed: Deployed, point: str, why: str, remedy: str
) -> None:
    order_id = an_order(deployed.world, point)
    items = deployed.world.items()
    ran = refund(deployed, order_id)
    assert ran.status == 1
    assert why in ran.err
    assert remedy in ran.err
    assert deployed.world.items() == items


@pytest.mark.parametrize("end", [cancel, cancel_to_the_end])
def test_refund_of_a_cancelled_order_is_refused(deployed: Deployed, end: object) -> None:
    order_id = an_order(deployed.world, "captured")
    assert callable(end)
    end(deployed.world, order_id)
    assert "there is nothing to do: what was paid is given back" in refund(deployed, order_id).err


def test_refund_that_another_operator_requested_meanwhile_is_refused(
    deployed: Deployed, calls: AwsCalls
) -> None:
    order_id = an_order(deployed.world, "fulfilled")
    calls.next("Query", and_then(lambda: request_refund(deployed.world, order_id)))
    ran = refund(deployed, order_id)
    assert ran.status == 1
    assert f"the refund of order {order_id} was requested at" in ran.err
    (record,) = AuditTrail(deployed.world.table).of_order(order_id)[0]
    assert record.by != CALLER


def test_order_that_another_tool_has_changed_is_not_refunded(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(deployed.world, "fulfilled")
    monkeypatch.setattr(Refunds, "request", lambda *_: None)
    assert "the order has changed meanwhile; nothing was changed" in refund(deployed, order_id).err


def test_contention_over_a_refund_changes_nothing(deployed: Deployed, calls: AwsCalls) -> None:
    order_id = an_order(deployed.world, "fulfilled")
    calls.always("TransactWriteItems", contended)
    ran = refund(deployed, order_id)
    assert ran.status == 1
    assert "other writes are in the way; nothing was changed" in ran.err
    assert deployed.world.details(order_id).refund is None
    assert audit_items(deployed) == []


def test_refund_is_confirmed_with_the_amount_and_what_will_be_recorded(
    deployed: Deployed, types: list[str]
) -> None:
    order_id = an_order(deployed.world, "fulfilled")
    types.append("prod")
    ran = deployed.ops("refund", order_id, "--reason", REASON)
    assert ran.status == 1
    assert "25.00 EUR would be refunded" in ran.out
    assert f"Recorded with it: {CALLER}, {REASON}" in ran.out
    assert deployed.world.details(order_id).refund is None


def test_reason_of_a_refund_must_not_contain_personal_data(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, "fulfilled")
    ran = refund(deployed, order_id, reason="ada@example.com called")
    assert ran.status == 1
    assert "--reason contains an e-mail address" in ran.err
    assert deployed.world.details(order_id).refund is None


def test_show_prints_the_refund_its_events_and_who_requested_it(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, "fulfilled")
    refund(deployed, order_id)
    out = deployed.ops("show", order_id).out
    assert "refund REQUESTED: 25.00 EUR" in out
    assert "  OrderRefundRequested  " in out
    assert f"REFUND by {CALLER}\n    reason: {REASON}" in out
    made(deployed, order_id)
    out = deployed.ops("show", order_id).out
    assert "refund REFUNDED: 25.00 EUR" in out
    assert "payment 1 REFUNDED: 25.00 EUR" in out
    assert "  OrderRefunded  " in out
    assert "status    FULFILLED" in out


def test_show_prints_the_mail_about_a_refund(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, "fulfilled")
    refund(deployed, order_id)
    item = keys.text(keys.refund(order_id))
    change = f"{item}#2#OrderRefunded"
    deployed.world.table.update(
        keys.consumed("notify_customer", item, change),
        "SET handledAt = :at, outcome = :sent, eventVersion = :version",
        values={":at": "2026-11-21T12:00:00.000Z", ":sent": "SENT", ":version": 2},
    )
    assert "  OrderRefunded         SENT\n" in deployed.ops("show", order_id, "--no-log").out
