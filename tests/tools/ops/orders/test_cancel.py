"""Cancelling an order for its customer: the customer's guards, and the record of who did it."""

import json

import pytest

from ordering.domain.audit import LONGEST_REASON
from ordering.repositories.audit_trail import AuditTrail
from ordering.repositories.order_transitions import OrderTransitions
from tests.handlers.api.test_cancel_order import EARLY
from tests.support.aws_calls import AwsCalls, and_then, contended
from tests.support.orders import COMPENSATION, an_order, cancel_to_the_end, follow
from tests.support.world import ADDRESS
from tests.tools.ops.deployed import Deployed, Ran

REASON = "the customer called"
# The identity of moto's credentials.
CALLER = "arn:aws:sts::123456789012:user/moto"


def cancel(deployed: Deployed, order_id: str, *options: str, reason: str = REASON) -> Ran:
    return deployed.ops("cancel", order_id, "--reason", reason, "--yes", *options)


def audit_items(deployed: Deployed) -> list[dict[str, object]]:
    return [item for item in deployed.world.items() if item["SK"].startswith("AUDIT#")]


@pytest.mark.slow
@pytest.mark.parametrize("point", EARLY)
def test_order_that_the_customer_could_cancel_is_cancelled_and_recorded(
    deployed: Deployed, calls: AwsCalls, point: str
) -> None:
    order_id = an_order(deployed.world, point)
    ran = cancel(deployed, order_id)
    assert ran.status == 0, ran.err
    assert f"cancelled by {CALLER}: the order is CANCELLING" in ran.out
    order = deployed.world.details(order_id).order
    assert (order.status, order.reason) == ("CANCELLING", "CUSTOMER_REQUEST")
    (record,) = AuditTrail(deployed.world.table).of_order(order_id)[0]
    assert (record.action, record.by, record.reason) == ("CANCEL", CALLER, REASON)
    assert record.at == order.history[-1].at
    # Both in one transaction: there is neither without the other.
    sent = calls.made("TransactWriteItems")[-1]
    assert [next(iter(action)) for action in sent["TransactItems"]] == ["Update", "ConditionCheck", "Put"]


def test_cancelled_order_ends_like_one_that_its_customer_cancelled(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, "captured")
    assert cancel(deployed, order_id).status == 0
    follow(deployed.world, order_id, *COMPENSATION)
    details = deployed.world.details(order_id)
    assert details.order.status == "CANCELLED"
    assert [record["status"] for record in deployed.world.provider_records() if "token" in record] == [
        "REFUNDED"
    ]


@pytest.mark.slow
def test_parked_order_is_cancelled_and_ends(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, "confirmed")
    deployed.park(order_id)
    assert cancel(deployed, order_id).status == 0
    follow(deployed.world, order_id, *COMPENSATION)
    assert deployed.world.details(order_id).order.status == "CANCELLED"
    assert "no parked orders" in deployed.ops("parked").out
    assert deployed.ops("status").status == 0


@pytest.mark.parametrize(
    ("point", "why", "remedy"),
    [
        ("booked", "the carrier has already been asked to collect the goods", "then `refund` it"),
        ("fulfilled", "is already FULFILLED", "use `refund`"),
    ],
)
def test_cancellation_that_is_too_late_is_refused_and_records_nothing(
    deployed: Deployed, point: str, why: str, remedy: str
) -> None:
    order_id = an_order(deployed.world, point)
    items = deployed.world.items()
    ran = cancel(deployed, order_id)
    assert ran.status == 1
    assert why in ran.err
    assert remedy in ran.err
    assert deployed.world.items() == items


def test_repeated_cancellation_records_nothing_more(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    cancel(deployed, order_id)
    ran = cancel(deployed, order_id)
    assert ran.status == 0
    assert "the order is CANCELLING already: nothing was done" in ran.out
    assert len(audit_items(deployed)) == 1


def test_order_booked_meanwhile_is_not_cancelled(deployed: Deployed, calls: AwsCalls) -> None:
    order_id = an_order(deployed.world, "captured")
    calls.next("Query", and_then(lambda: deployed.world.step("book_shipment", order_id)))
    ran = cancel(deployed, order_id)
    assert ran.status == 1
    assert "the carrier has already been asked" in ran.err
    assert audit_items(deployed) == []


def test_order_cancelled_meanwhile_by_its_customer_is_recorded_as_theirs(
    deployed: Deployed, calls: AwsCalls
) -> None:
    order_id = an_order(deployed.world)
    calls.next("Query", and_then(lambda: cancel_to_the_end(deployed.world, order_id)))
    ran = cancel(deployed, order_id)
    assert ran.status == 0
    assert "the order is CANCELLED already" in ran.out
    assert audit_items(deployed) == []


def test_contention_over_a_cancellation_changes_nothing(deployed: Deployed, calls: AwsCalls) -> None:
    order_id = an_order(deployed.world)
    calls.always("TransactWriteItems", contended)
    ran = cancel(deployed, order_id)
    assert ran.status == 1
    assert "other writes are in the way; nothing was changed" in ran.err
    assert audit_items(deployed) == []


def test_order_that_keeps_changing_is_not_cancelled(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(deployed.world)
    monkeypatch.setattr(OrderTransitions, "request_cancellation", lambda *_: False)
    assert "other writes keep changing the order" in cancel(deployed, order_id).err


def test_cancellation_is_confirmed_with_what_will_be_recorded(
    deployed: Deployed, types: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = an_order(deployed.world)
    types.append("prod")
    ran = deployed.ops("cancel", order_id, "--reason", REASON)
    assert ran.status == 1
    assert f"Recorded with it: {CALLER}, {REASON}" in ran.out
    types.append("dev")
    assert deployed.ops("cancel", order_id, "--reason", REASON).status == 0


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        (" ", "--reason must be text on one line with at least one visible character"),
        ("a\nb", "--reason must be text on one line, without U+000A"),
        ("x" * (LONGEST_REASON + 1), "--reason has 501 characters"),
        ("ada@example.com called", "--reason contains an e-mail address"),
        (
            f"moved from {ADDRESS['line1']}",
            "--reason contains an e-mail address, a line of the delivery address",
        ),
        ("tok_flaky is wrong", "or the payment token"),
    ],
)
def test_reason_that_must_not_be_stored_is_refused(deployed: Deployed, reason: str, why: str) -> None:
    order_id = an_order(deployed.world, token="tok_flaky")
    ran = cancel(deployed, order_id, reason=reason)
    assert ran.status == 1
    assert why in ran.err
    assert deployed.world.details(order_id).order.status == "PENDING"


def test_cancellation_needs_a_reason(deployed: Deployed) -> None:
    ran = deployed.ops("cancel", an_order(deployed.world), "--yes")
    assert ran.status == 2
    assert "--reason" in ran.err


def test_unknown_order_cannot_be_cancelled(deployed: Deployed) -> None:
    assert "stage dev has no order no-such-order" in cancel(deployed, "no-such-order").err


def test_show_prints_who_cancelled_an_order_and_why(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    assert "\noperators\n" not in deployed.ops("show", order_id).out
    cancel(deployed, order_id)
    out = deployed.ops("show", order_id).out
    assert f"CANCEL by {CALLER}\n    reason: {REASON}" in out


def test_audit_record_that_cannot_be_read_hides_nothing_else(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE")
    order_id = an_order(deployed.world)
    cancel(deployed, order_id)
    (item,) = audit_items(deployed)
    key = {name: str(item[name]) for name in ("PK", "SK")}
    deployed.world.table.update(key, "SET reason = :odd", values={":odd": 1})
    ran = deployed.ops("show", order_id)
    assert ran.status == 3
    assert "status    CANCELLING" in ran.out
    assert f"the audit record {key['SK']}" in ran.err


def test_operator_is_shown_as_recorded_and_the_rest_redacted(deployed: Deployed, calls: AwsCalls) -> None:
    """The name of a role's session is often an e-mail address: it is what the record is for."""
    arn = "arn:aws:sts::123456789012:assumed-role/Operator/grace@example.com"
    calls.always("GetCallerIdentity", lambda parameters, send: {"Arn": arn})
    order_id = an_order(deployed.world)
    document = json.loads(cancel(deployed, order_id, "--json").out)
    assert document["audit"]["by"] == arn
    shown = deployed.ops("show", order_id, "--no-log")
    assert f"CANCEL by {arn}" in shown.out
    (entry,) = json.loads(deployed.ops("show", order_id, "--no-log", "--json").out)["audit"]
    assert entry["by"] == arn
