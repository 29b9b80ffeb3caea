"""An attribute of a wrong type makes its item unreadable, but no other, in lists, sweep and stream."""

import json

import boto3
import pytest

from ordering.aws.clients import client
from ordering.domain.clock import ago
from ordering.domain.product import Sku
from ordering.repositories.keys import order_keys, product_keys
from ordering.repositories.open_orders import START, OpenOrdersIndex
from ordering.repositories.reconciliation import Reconciliation
from tests.handlers.scheduled.sweeping import closed_but_owing, sweep
from tests.handlers.spoiling import left_out, products, scan, spoil
from tests.support.attributes import Attribute
from tests.support.aws_calls import AwsCalls
from tests.support.environment import BUS, PARKED_QUEUE_URL, QUEUE_URL, TABLE
from tests.support.logs import Logs
from tests.support.orders import COMPENSATION, WAYS, cancel, follow
from tests.support.recorded import stream_event
from tests.support.world import World, invoke

pytestmark = pytest.mark.usefixtures("cursor_secret")

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
    spoil(product_keys.product(Sku(odd)), **wrong)
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
    spoil(product_keys.stock(Sku("A")), available={"N": "0.5"})
    listed = products(world).body["products"]
    assert {product["sku"]: product["available"] for product in listed} == {"A": 0, "B": 10}
    assert left_out(logs) == ["PRODUCT#A/STOCK"]


def test_product_in_a_withdrawn_currency_is_still_shown(world: World) -> None:
    world.stocked("A", units=0)
    spoil(product_keys.product(Sku("A")), price={"M": {"amount": {"N": "5"}, "currency": {"S": "DEM"}}})
    assert products(world).body["products"][0]["price"] == {"amount": 5, "currency": "DEM"}


def test_unreadable_product_does_not_prevent_a_replay(world: World) -> None:
    first = world.stocked().place(key="basket-1")
    spoil(product_keys.product(Sku("MUG-RED")), price={"N": "0.35"})
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
    spoil(order_keys.order(odd), **wrong)
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
    """It is driven, fails, and is finally parked. If it were skipped, it would be lost."""
    world.stocked()
    orders = [world.place_order() for _ in range(3)]
    spoil(order_keys.order(orders[1]), **wrong)
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
    spoil(order_keys.order(orders[0]), status={"S": "OF_TOMORROW"})
    later = ago(hours=-1)
    assert {each.order_id for each in Reconciliation(world.table).to_nudge(later, lambda due: True)} == set(
        orders
    )
    due, _ = OpenOrdersIndex(world.table).since(later, 10, START)
    assert {each.order_id for each in due} == set(orders)


@pytest.mark.slow
def test_unreadable_order_does_not_block_driving_or_settling_others(world: World, logs: Logs) -> None:
    client("sqs").create_queue(QueueName="orders")
    world.stocked(units=20)
    odd, due = (world.place_order() for _ in range(2))
    old = ago(hours=1)
    for order_id in (odd, due):
        world.table.update(order_keys.order(order_id), "SET GSI2SK = :at", values={":at": old})
    odd_and_owing, _ = (closed_but_owing(world) for _ in range(2))
    spoil(order_keys.order(odd), attempts={"N": "0.5"})
    spoil(order_keys.order(odd_and_owing), total={"N": "0.5"})
    assert sweep() == {"redriven": 2, "settled": 1, "unsettled": 1, "refunded": 0, "unrefunded": 0}
    # The payment that cannot be settled is now behind the others in the index.
    payment = world.table.get(order_keys.payment(odd_and_owing, 1))
    assert payment
    assert payment["GSI2SK"] > ago(minutes=30)
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
    spoil(order_keys.order(closed), total={"N": "0.5"})
    spoil(order_keys.order(unknown), status={"SS": ["PENDING"]})
    assert world.api("delete_profile", "DELETE /customers/me").status == 204
    assert world.table.get(order_keys.address(closed)) is None
    kept = world.table.get(order_keys.address(unknown))
    assert kept
    assert kept["expiresAt"]


def test_address_of_an_earlier_release_is_read_with_any_content(world: World) -> None:
    order_id = world.stocked().place_order()
    old = {"name": {"S": "Ada\u2028"}, "line1": {"S": "\u200b"}, "city": {"S": ""}, "country": {"S": "UK"}}
    spoil(
        order_keys.address(order_id),
        address={"M": old | {"postalCode": {"S": "0"}, "planet": {"S": "Earth"}}},
    )
    follow(world, order_id, *WAYS["confirmed"], "capture_payment")
    # The carrier refuses the country, because it does not exist.
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
    event_types = [entry["DetailType"] for call in calls.made("PutEvents") for entry in call["Entries"]]
    assert event_types == ["ProductAdded"]
