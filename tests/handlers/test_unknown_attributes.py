"""Another tool, or a later release, has written into our items: what it wrote is ignored, whatever its type.

And where it has spoilt an attribute that we know, that item alone cannot be read, and no list of many.
"""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from ordering.aws.clients import client
from ordering.domain.clock import ago
from ordering.domain.order import OrderId
from ordering.domain.product import Sku
from ordering.domain.stock import ReservationStatus
from ordering.dynamodb.codec import UnreadableValue
from ordering.repositories import keys
from ordering.repositories.open_orders import START, OpenOrdersIndex
from ordering.repositories.reconciliation import Reconciliation
from tests.handlers.notify_customer.notifying import notify, outcomes, transition_event
from tests.support.attributes import ONE_OF_EACH, STRANGERS, Attribute, sprinkled
from tests.support.aws_calls import AwsCalls
from tests.support.environment import BUS, PARKED_QUEUE_URL, QUEUE_URL, SANDBOX_TABLE, TABLE
from tests.support.logs import Logs
from tests.support.orders import COMPENSATION, WAYS, cancel, follow
from tests.support.recorded import stream_event
from tests.support.ses import prove_sender, sent
from tests.support.tables import dynamodb
from tests.support.world import ADDRESS, Response, World, invoke

pytestmark = pytest.mark.usefixtures("cursor_secret")


def scan(table: str) -> Iterator[dict[str, Any]]:
    for page in dynamodb().get_paginator("scan").paginate(TableName=table):
        yield from page["Items"]


def another_tool_writes() -> int:
    """Into every item of both tables, and every map within; how many items there are."""
    count = 0
    for table in (TABLE, SANDBOX_TABLE):
        for item in list(scan(table)):
            dynamodb().put_item(TableName=table, Item=sprinkled(item, ONE_OF_EACH) | STRANGERS)
            count += 1
    return count


def spoil(key: dict[str, str], **spoilt: Attribute) -> None:
    """Write attributes that we know with a type that they do not have."""
    table = dynamodb()
    found = table.get_item(TableName=TABLE, Key={name: {"S": part} for name, part in key.items()})
    item: dict[str, Any] = {**found["Item"]}
    table.put_item(TableName=TABLE, Item=item | spoilt)


def left_out(logs: Logs) -> list[str]:
    return [line["item"] for line in logs.lines if line["message"] == "record unreadable"]


def products(world: World, **query: str) -> Response:
    return world.api("list_products", "GET /products", query=query)


def test_test_items_hold_attributes_that_cannot_be_read(world: World) -> None:
    world.stocked()
    another_tool_writes()
    found = world.table.get(keys.product(Sku("MUG-RED")))
    assert found
    assert isinstance(found["unknown1"], UnreadableValue)


# -- attributes that we do not know ------------------------------------------------------------------------


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
    story = world.details(order_id)
    assert story.order.status == "CANCELLED"
    assert story.reservation
    assert story.reservation.status is ReservationStatus.RELEASED
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
def test_sweep_finds_due_items_with_unknown_attributes(world: World) -> None:
    client("sqs").create_queue(QueueName="orders")
    stands_still = world.stocked().place_order()
    owing = world.place_order()
    follow(world, owing, *WAYS["authorised"])
    world.table.update(
        keys.order(owing),
        "SET #status = :ended REMOVE GSI2PK, GSI2SK",
        names={"#status": "status"},
        values={":ended": "CANCELLED"},
    )
    for key in (keys.order(stands_still), keys.payment(owing, 1)):
        world.table.update(key, "SET GSI2SK = :at", values={":at": ago(hours=1)})
    another_tool_writes()
    assert invoke("scheduled.reconcile_orders", {}) == {
        "redriven": 1,
        "settled": 1,
        "unsettled": 0,
    }


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
    partition = {"S": keys.order_partition(order_id)}
    for sort_key in ("RETURN#01", "NOTE", "ORDER#2"):
        item = {"PK": partition, "SK": {"S": sort_key}} | STRANGERS
        dynamodb().put_item(TableName=TABLE, Item=item)
    follow(world, order_id, *WAYS["fulfilled"])
    assert world.details(order_id).order.status == "FULFILLED"


# -- attributes that we know, of a wrong type --------------------------------------------------------------

WRONG: dict[str, dict[str, Attribute]] = {
    "a name that is a set": {"name": {"SS": ["Mug"]}},
    "a price that is a number": {"price": {"N": "0.35"}},
    "an amount that is no integer": {
        "price": {"M": {"amount": {"N": "12.598765"}, "currency": {"S": "EUR"}}},
    },
    "a version that is text": {"version": {"S": "one"}},
    "a tag that is binary": {"tag": {"B": b"\xff"}},
    "a name that is nothing": {"name": {"NULL": True}},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_unreadable_product_alone_is_left_out_of_the_list(
    world: World, logs: Logs, wrong: dict[str, Attribute], place: int
) -> None:
    skus = ["A", "B", "C"]
    for sku in skus:
        world.stocked(sku, units=0)
    odd = skus[place]
    spoil(keys.product(Sku(odd)), **wrong)
    others = [sku for sku in skus if sku != odd]
    found, cursor = [], None
    for _ in skus:
        page = products(world, limit="1", **({"cursor": cursor} if cursor else {}))
        assert page.status == 200
        found += [product["sku"] for product in page.body["products"]]
        cursor = page.body.get("next")
    assert (found, cursor) == (others, None)
    assert [product["sku"] for product in products(world).body["products"]] == others
    assert set(left_out(logs)) == {f"PRODUCT#{odd}/PRODUCT"}
    assert "12.598765" not in logs.text


def test_product_with_unreadable_stock_has_no_units_to_order(world: World, logs: Logs) -> None:
    world.stocked("A").stocked("B")
    spoil(keys.stock(Sku("A")), available={"N": "0.5"})
    listed = products(world).body["products"]
    assert {product["sku"]: product["available"] for product in listed} == {"A": 0, "B": 10}
    assert left_out(logs) == ["PRODUCT#A/STOCK"]


def test_product_in_a_withdrawn_currency_is_still_shown(world: World) -> None:
    world.stocked("A", units=0)
    spoil(keys.product(Sku("A")), price={"M": {"amount": {"N": "5"}, "currency": {"S": "DEM"}}})
    assert products(world).body["products"][0]["price"] == {"amount": 5, "currency": "DEM"}


def test_unreadable_product_does_not_prevent_a_replay(world: World) -> None:
    first = world.stocked().place(key="basket-1")
    spoil(keys.product(Sku("MUG-RED")), price={"N": "0.35"})
    again = world.place(key="basket-1")
    assert (again.status, again.body["orderId"]) == (202, first.body["orderId"])


@pytest.mark.parametrize(
    "wrong", [{"total": {"N": "0.5"}}, {"status": {"S": "LOST-secret"}}, {"lines": {"SS": ["a"]}}], ids=str
)
def test_unreadable_order_alone_is_left_out_of_lists(
    world: World, logs: Logs, wrong: dict[str, Attribute]
) -> None:
    world.stocked()
    orders = [world.place_order() for _ in range(3)]
    odd = orders[1]
    spoil(keys.order(odd), **wrong)
    found, cursor = [], None
    for _ in range(3):
        query = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = world.api("list_orders", "GET /orders", query=query)
        assert page.status == 200
        found += [order["orderId"] for order in page.body["orders"]]
        cursor = page.body.get("next")
        if cursor is None:
            break
    assert found == [orders[2], orders[0]]
    assert left_out(logs)
    assert "secret" not in logs.text


@pytest.mark.parametrize("wrong", [{"attempts": {"SS": ["one"]}}, {"createdAt": {"NULL": True}}], ids=str)
def test_unreadable_open_order_is_due_like_every_other(world: World, wrong: dict[str, Attribute]) -> None:
    """It is driven, fails, and is parked in the end: to leave it out would be to lose it."""
    world.stocked()
    orders = [world.place_order() for _ in range(3)]
    spoil(keys.order(orders[1]), **wrong)
    later = ago(hours=-1)
    due, goes_on = OpenOrdersIndex(world.table).since(later, 10, START)
    assert ({each.order_id for each in due}, goes_on) == (set(orders), None)
    assert {each.order_id for each in Reconciliation(world.table).open_since(later, 10)} == set(orders)
    listed = world.api("admin_list_open_orders", "GET /admin/orders", query={"openForMinutes": "0"})
    assert listed.status == 200
    assert {each["orderId"] for each in listed.body["orders"]} <= {orders[0], orders[2]}


def test_open_order_of_an_unknown_status_is_driven_on(world: World) -> None:
    world.stocked()
    orders = [world.place_order() for _ in range(2)]
    spoil(keys.order(orders[0]), status={"S": "OF_TOMORROW"})
    later = ago(hours=-1)
    assert {each.order_id for each in Reconciliation(world.table).to_nudge(later, lambda due: True)} == set(
        orders
    )
    due, _ = OpenOrdersIndex(world.table).since(later, 10, START)
    assert {each.order_id for each in due} == set(orders)


def test_unreadable_order_does_not_block_driving_or_settling_others(world: World, logs: Logs) -> None:
    client("sqs").create_queue(QueueName="orders")
    world.stocked(units=20)
    odd, odd_and_owing, owing, due = (world.place_order() for _ in range(4))
    for order_id in (odd_and_owing, owing):
        follow(world, order_id, *WAYS["authorised"])
        world.table.update(
            keys.order(order_id),
            "SET #status = :ended REMOVE GSI2PK, GSI2SK",
            names={"#status": "status"},
            values={":ended": "CANCELLED"},
        )
    old = {":at": ago(hours=1)}
    for key in (keys.order(odd), keys.order(due), keys.payment(odd_and_owing, 1), keys.payment(owing, 1)):
        world.table.update(key, "SET GSI2SK = :at", values=old)
    spoil(keys.order(odd), attempts={"N": "0.5"})
    spoil(keys.order(odd_and_owing), total={"N": "0.5"})
    done = invoke("scheduled.reconcile_orders", {})
    assert done == {"redriven": 2, "settled": 1, "unsettled": 1}
    # It stands behind the others now.
    looked_at = world.table.get(keys.payment(odd_and_owing, 1))
    assert looked_at
    assert looked_at["GSI2SK"] > old[":at"]
    received = boto3.client("sqs").receive_message(QueueUrl=QUEUE_URL, MaxNumberOfMessages=10)
    driven = {json.loads(message["Body"])["orderId"] for message in received["Messages"]}
    assert driven == {odd, due}


def test_removal_of_a_customer_removes_the_address_of_an_unreadable_order(
    world: World,
) -> None:
    world.stocked()
    body = {"email": "ada@example.com"}
    assert world.api("put_profile", "PUT /customers/me", body).status == 201
    closed, unknown = world.place_order(), world.place_order()
    cancel(world, closed)
    follow(world, closed, *COMPENSATION)
    spoil(keys.order(closed), total={"N": "0.5"})
    spoil(keys.order(unknown), status={"SS": ["PENDING"]})
    assert world.api("delete_profile", "DELETE /customers/me").status == 204
    assert world.table.get(keys.address(closed)) is None
    kept = world.table.get(keys.address(unknown))
    assert kept
    assert kept["expiresAt"]


def test_address_of_an_earlier_release_is_read_with_any_content(world: World) -> None:
    order_id = world.stocked().place_order()
    old = {"name": {"S": "Ada\u2028"}, "line1": {"S": "\u200b"}, "city": {"S": ""}, "country": {"S": "UK"}}
    spoil(keys.address(order_id), address={"M": old | {"postalCode": {"S": "0"}, "planet": {"S": "Earth"}}})
    follow(world, order_id, *WAYS["confirmed"], "capture_payment")
    # The sandbox's carrier knows no such country, and says so.
    assert world.step("book_shipment", order_id) == "SHIPMENT_REFUSED"


@pytest.mark.parametrize(
    "wrong", [{"total": {"N": "0.35"}}, {"lines": {"BS": ["eA=="]}}, {"orderId": {"NS": ["1"]}}]
)
def test_unpublishable_change_is_parked_and_the_others_are_published(
    world: World, calls: AwsCalls, wrong: dict[str, Attribute]
) -> None:
    client("events").create_event_bus(Name=BUS)
    client("sqs").create_queue(QueueName="parked")
    world.stocked().place_order()
    images = [image for image in scan(TABLE) if image["SK"]["S"] in ("ORDER", "PRODUCT", "STOCK")]
    spoilt = [image | wrong if image["SK"]["S"] == "ORDER" else image for image in images]
    invoke("events.publish_changes", stream_event(*((None, image) for image in spoilt)))
    assert [call["QueueUrl"] for call in calls.made("SendMessage")] == [PARKED_QUEUE_URL]
    told = [entry["DetailType"] for call in calls.made("PutEvents") for entry in call["Entries"]]
    assert told == ["ProductAdded"]
