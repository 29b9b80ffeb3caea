"""An attribute that another tool or a later release wrote is ignored, whatever its type."""

from typing import Any

import pytest

from ordering.aws.clients import client
from ordering.domain.clock import ago
from ordering.domain.order import OrderId
from ordering.domain.product import Sku
from ordering.domain.stock import ReservationStatus
from ordering.dynamodb.codec import UnreadableValue
from ordering.repositories import keys
from ordering.repositories.keys import order_keys, product_keys
from tests.handlers.events.notify_customer.notifying import notify, outcomes, transition_event
from tests.handlers.scheduled.sweeping import closed_but_owing, sweep
from tests.handlers.seldom_items import SELDOM
from tests.handlers.spoiling import another_tool_writes, products, scan
from tests.support.attributes import STRANGERS
from tests.support.aws_calls import AwsCalls
from tests.support.environment import BUS, TABLE
from tests.support.item_kinds import kinds
from tests.support.logs import Logs
from tests.support.orders import COMPENSATION, WAYS, cancel, follow
from tests.support.recorded import stream_event
from tests.support.ses import prove_sender, sent
from tests.support.tables import dynamodb
from tests.support.world import ADDRESS, World, invoke

pytestmark = pytest.mark.usefixtures("cursor_secret")


def test_test_items_hold_attributes_that_cannot_be_read(world: World) -> None:
    world.stocked()
    another_tool_writes()
    found = world.table.get(product_keys.product(Sku("MUG-RED")))
    assert found
    assert isinstance(found["unknown1"], UnreadableValue)


@pytest.mark.slow
@pytest.mark.parametrize("token", ["tok_ok", "tok_flaky", "tok_timeout"])
def test_unknown_attributes_between_steps_do_not_change_the_end_of_an_order(world: World, token: str) -> None:
    world.stocked()
    another_tool_writes()
    order_id = world.place_order(token=token)
    for step in WAYS["fulfilled"]:
        another_tool_writes()
        world.step("load_order", order_id)
        for _ in range(3):
            try:
                world.step(step, order_id)
            except Exception:
                assert token == "tok_flaky"
    assert world.details(order_id).order.status == "FULFILLED"
    assert world.details(order_id).reservation
    assert another_tool_writes() >= 8


@pytest.mark.slow
def test_unknown_attributes_between_steps_do_not_change_a_compensation(world: World) -> None:
    order_id = world.stocked().place_order()
    for step in WAYS["captured"]:
        another_tool_writes()
        world.step(step, order_id)
    cancel(world, order_id)
    for step in COMPENSATION:
        another_tool_writes()
        world.step(step, order_id)
    details = world.details(order_id)
    assert details.order.status == "CANCELLED"
    assert details.reservation
    assert details.reservation.status is ReservationStatus.RELEASED
    assert [record["status"] for record in world.provider_records() if "token" in record] == ["REFUNDED"]


@pytest.mark.slow
def test_unknown_attributes_do_not_change_any_response(world: World) -> None:
    world.stocked().stocked("MUG-BLUE")
    body = {"email": "ada@example.com", "address": ADDRESS}
    assert world.api("put_profile", "PUT /customers/me", body).status == 201
    placed = world.place(key="basket-1")
    order_id = OrderId(placed.body["orderId"])
    follow(world, order_id, *WAYS["booked"])
    path = {"orderId": order_id}

    def answers() -> list[Any]:
        read = [
            products(world),
            world.api("get_product", "GET /products/{sku}", path={"sku": "MUG-RED"}),
            world.api("get_order", "GET /orders/{orderId}", path=path),
            world.api("list_orders", "GET /orders"),
            world.api("admin_get_order", "GET /admin/orders/{orderId}", path=path),
            world.api("admin_list_open_orders", "GET /admin/orders", query={"openForMinutes": "0"}),
            world.api("get_profile", "GET /customers/me"),
            world.place(key="basket-1"),
        ]
        return [(each.status, each.body, each.headers.get("etag")) for each in read]

    before = answers()
    assert [status for status, *_ in before] == [200] * 7 + [202]
    another_tool_writes()
    assert answers() == before
    tag = answers()[1][2]
    changed = {"name": "Mug", "price": {"amount": 1, "currency": "EUR"}}
    put = world.api(
        "put_product", "PUT /products/{sku}", changed, path={"sku": "MUG-RED"}, headers={"If-Match": tag}
    )
    assert put.status == 200
    again = world.api(
        "receive_stock",
        "POST /products/{sku}/stock",
        {"received": 10},
        path={"sku": "MUG-BLUE"},
        headers={"Idempotency-Key": "first-MUG-BLUE-10"},
    )
    assert (again.status, again.body["received"]) == (200, 10)
    assert world.api("delete_profile", "DELETE /customers/me").status == 204


@pytest.mark.slow
@pytest.mark.parametrize("kind", SELDOM)
def test_unknown_attributes_do_not_change_what_is_read_of_an_item(kind: str, world: World) -> None:
    """The kinds that no journey of the faults writes; `tests/simulation/faults` has the others."""
    SELDOM[kind].write(world)
    assert any(kinds()[kind].fullmatch(keys.text(item)) for item in world.items())
    before = SELDOM[kind].read(world)
    another_tool_writes()
    assert SELDOM[kind].read(world) == before


@pytest.mark.slow
def test_sweep_finds_due_items_with_unknown_attributes(world: World) -> None:
    client("sqs").create_queue(QueueName="orders")
    stuck = world.stocked().place_order()
    closed_but_owing(world)
    world.table.update(order_keys.order(stuck), "SET GSI2SK = :at", values={":at": ago(hours=1)})
    another_tool_writes()
    assert sweep() == {"redriven": 1, "settled": 1, "unsettled": 0, "refunded": 0, "unrefunded": 0}


@pytest.mark.slow
def test_changes_of_items_with_unknown_attributes_are_published(world: World, calls: AwsCalls) -> None:
    client("events").create_event_bus(Name=BUS)
    client("sqs").create_queue(QueueName="parked")
    order_id = world.stocked().place_order()
    follow(world, order_id, *WAYS["booked"])
    images = list(scan(TABLE))
    another_tool_writes()
    spoilt = list(scan(TABLE))
    for changes in (images, spoilt):
        answer = invoke("events.publish_changes", stream_event(*((None, image) for image in changes)))
        assert answer == {"batchItemFailures": []}
    assert calls.made("SendMessage") == []
    details = [entry["Detail"] for call in calls.made("PutEvents") for entry in call["Entries"]]
    # The order, its reservation, payment and shipment; a product. Twice, and the same.
    assert len(details) == 2 * 5
    assert sorted(details[:5]) == sorted(details[5:])


@pytest.mark.slow
def test_customer_gets_one_email_despite_unknown_attributes(
    world: World, calls: AwsCalls, logs: Logs
) -> None:
    prove_sender()
    calls.always("ChangeMessageVisibility", lambda parameters, send: {})
    world.with_profile("ada@example.com")
    order_id = world.stocked().place_order()
    follow(world, order_id, *WAYS["fulfilled"])
    event = transition_event(world, order_id)
    for _ in range(2):
        another_tool_writes()
        assert notify(event) == []
    assert outcomes(logs) == ["SENT", "HANDLED"]
    assert len(sent()) == 1


@pytest.mark.slow
def test_item_of_an_unknown_kind_in_an_order_is_ignored(world: World) -> None:
    order_id = world.stocked().place_order()
    partition = {"S": order_keys.order_partition(order_id)}
    for sort_key in ("RETURN#01", "NOTE", "ORDER#2"):
        item = {"PK": partition, "SK": {"S": sort_key}} | STRANGERS
        dynamodb().put_item(TableName=TABLE, Item=item)
    follow(world, order_id, *WAYS["fulfilled"])
    assert world.details(order_id).order.status == "FULFILLED"
