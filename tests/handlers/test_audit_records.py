"""Audit records: written with their effect, published by nothing, and kept when the customer is removed."""

import pytest

from ordering.aws.clients import client
from ordering.domain.audit import AuditedAction, AuditRecord
from ordering.domain.clock import now
from ordering.domain.order import OrderId
from ordering.repositories.audit_trail import AuditTrail
from ordering.repositories.order_transitions import OrderTransitions
from tests.handlers.spoiling import another_tool_writes
from tests.support import deletion_invariants, invariants
from tests.support.aws_calls import AwsCalls
from tests.support.environment import BUS
from tests.support.orders import COMPENSATION, an_order, follow
from tests.support.recorded import stream_event
from tests.support.tables import dynamodb
from tests.support.world import World, invoke


def cancel_for_customer(world: World, order_id: OrderId) -> bool:
    at = now()
    record = AuditRecord(
        order_id=order_id,
        action=AuditedAction.CANCEL,
        by="arn:aws:iam::123456789012:user/grace",
        reason="the customer called",
        at=at,
        version=1,
    )
    return OrderTransitions(world.table).request_cancellation(world.details(order_id), at, record)


def trail(world: World, order_id: OrderId) -> list[AuditRecord]:
    records, unreadable = AuditTrail(world.table).of_order(order_id)
    assert unreadable == []
    return records


def test_cancellation_that_is_refused_leaves_no_record(world: World) -> None:
    order_id = an_order(world, "booked")
    assert not cancel_for_customer(world, order_id)
    assert trail(world, order_id) == []


def test_order_with_an_audit_record_reaches_its_end(world: World) -> None:
    order_id = an_order(world, "captured")
    assert cancel_for_customer(world, order_id)
    follow(world, order_id, *COMPENSATION)
    assert world.details(order_id).order.status == "CANCELLED"
    assert len(trail(world, order_id)) == 1
    invariants.check(world)


def test_records_of_an_order_are_read_oldest_first(world: World) -> None:
    first, other = an_order(world), world.place_order()
    for order_id in (first, other):
        assert cancel_for_customer(world, order_id)
    assert [record.order_id for record in trail(world, first)] == [first]


def test_record_into_which_another_tool_has_written_is_still_read(world: World) -> None:
    order_id = an_order(world)
    assert cancel_for_customer(world, order_id)
    (before,) = trail(world, order_id)
    another_tool_writes()
    assert trail(world, order_id) == [before]


def test_audit_record_is_neither_published_nor_parked(world: World, calls: AwsCalls) -> None:
    client("events").create_event_bus(Name=BUS)
    order_id = an_order(world)
    assert cancel_for_customer(world, order_id)
    items = dynamodb().scan(TableName=world.table.name)["Items"]
    (image,) = (item for item in items if item["SK"]["S"].startswith("AUDIT#"))
    assert image["version"] == {"N": "1"}
    answer = invoke("events.publish_changes", stream_event((None, image), (image, None)))
    assert answer == {"batchItemFailures": []}
    assert calls.made("PutEvents") == calls.made("SendMessage") == []


def test_no_view_of_an_order_contains_its_audit_records(world: World) -> None:
    order_id = an_order(world)
    assert cancel_for_customer(world, order_id)
    path = {"orderId": order_id}
    for handler, route in (
        ("get_order", "GET /orders/{orderId}"),
        ("admin_get_order", "GET /admin/orders/{orderId}"),
    ):
        answer = world.api(handler, route, path=path)
        assert answer.status == 200
        assert "grace" not in str(answer.body)


@pytest.mark.slow
def test_removal_of_a_customer_keeps_the_record_which_has_no_data_of_theirs(world: World) -> None:
    world.with_profile("ada@example.com")
    order_id = an_order(world, "captured")
    assert cancel_for_customer(world, order_id)
    follow(world, order_id, *COMPENSATION)
    assert world.api("delete_profile", "DELETE /customers/me").status == 204
    assert len(trail(world, order_id)) == 1
    removals = [item for item in world.items() if item["SK"] != "REMOVAL"]
    assert list(deletion_invariants.violations(removals)) == []
