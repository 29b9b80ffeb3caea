"""POST /orders. Guarantee 7: an order has the prices of the catalogue at placing."""

import base64
import json
from urllib.parse import urljoin

import pytest

from ordering.domain.identity import keyed_order_id
from ordering.domain.order import OrderId
from ordering.dynamodb.transaction import ABSENT
from ordering.repositories.keys import order_keys
from tests.handlers.api.place_order_bodies import ALICE, the_order
from tests.support.aws_calls import (
    AwsCalls,
)
from tests.support.builders import image, product
from tests.support.recorded import ISSUER, http_event
from tests.support.world import ADDRESS, World, invoke, order_body

# -- an order that is accepted -----------------------------------------------------------------------


def test_new_order_is_answered_with_202(shop: World) -> None:
    assert shop.place().status == 202


def test_an_accepted_order_is_pending(shop: World) -> None:
    assert shop.place().body["status"] == "PENDING"


def test_location_header_names_the_url_of_the_order(shop: World) -> None:
    placed = shop.place()
    assert placed.headers["location"] == f"orders/{placed.body['orderId']}"


@pytest.mark.parametrize(
    "base",
    [
        "https://api.example.com",
        "https://shop.example.com/api/v2",
        "http://127.0.0.1:4566/_aws/execute-api/a1b2c3/$default",
    ],
)
def test_location_header_is_valid_below_any_path_prefix(shop: World, base: str) -> None:
    """RFC 3986, section 5: it is resolved against the address that the request went to."""
    placed = shop.place()
    assert urljoin(f"{base}/orders", placed.headers["location"]) == f"{base}/orders/{placed.body['orderId']}"


def test_order_reads_back_as_it_was_answered(shop: World) -> None:
    placed = shop.place()
    path = {"orderId": placed.body["orderId"]}
    assert shop.api("get_order", "GET /orders/{orderId}", path=path).body == placed.body


def test_total_is_computed_from_the_catalogue(shop: World) -> None:
    shop.stocked("MUG-BLUE", price=999)
    placed = shop.place(order_body(("MUG-RED", 2), ("MUG-BLUE", 3)))
    assert placed.body["total"] == {"amount": 2 * 1250 + 3 * 999, "currency": "EUR"}


def test_each_line_shows_the_price_at_placing(shop: World) -> None:
    (line,) = shop.place().body["lines"]
    assert line == {
        "sku": "MUG-RED",
        "name": "The MUG-RED",
        "quantity": 2,
        "unitPrice": {"amount": 1250, "currency": "EUR"},
        "total": {"amount": 2500, "currency": "EUR"},
    }


def test_order_lines_keep_the_order_in_which_they_were_sent(shop: World) -> None:
    shop.stocked("A").stocked("B")
    placed = shop.place(order_body(("B", 1), ("MUG-RED", 1), ("A", 1)))
    assert [line["sku"] for line in placed.body["lines"]] == ["B", "MUG-RED", "A"]


def test_order_has_at_most_fifty_lines(shop: World) -> None:
    lines = [(f"S{number}", 1) for number in range(50)]
    for sku, _ in lines:
        shop.table.put(image(product(sku, amount=1)), condition=ABSENT)
    assert shop.place(order_body(*lines)).body["total"]["amount"] == 50


def test_order_for_more_than_the_stock_is_accepted_and_left_to_the_saga(shop: World) -> None:
    assert shop.place(order_body(("MUG-RED", 11))).status == 202


def test_order_response_holds_neither_payment_token_nor_address(shop: World) -> None:
    answer = json.dumps(shop.place(order_body(token="tok_flaky")).body)
    assert not [secret for secret in ("tok_flaky", *ADDRESS.values()) if f'"{secret}"' in answer]


def test_order_belongs_to_its_caller(shop: World) -> None:
    shop.place()
    assert the_order(shop)["customerId"] == ALICE


def test_address_of_an_order_may_be_in_any_script(shop: World) -> None:
    body = order_body()
    body["shippingAddress"] |= {"name": "王小明", "city": "Αθήνα"}
    order_id = OrderId(shop.place(body).body["orderId"])
    address = shop.details(order_id).address
    assert address
    assert (address.name, address.city) == ("王小明", "Αθήνα")


def test_body_encoded_by_the_gateway_is_decoded(shop: World) -> None:
    encoded = base64.b64encode(json.dumps(order_body()).encode()).decode()
    event = http_event("POST /orders", body=encoded) | {"isBase64Encoded": True}
    assert invoke("api.place_order", event)["statusCode"] == 202


# -- what is written ---------------------------------------------------------------------------------


def test_placing_writes_only_the_order_and_its_address(shop: World) -> None:
    before = shop.items()
    order_id = shop.place().body["orderId"]
    written = {(item["PK"], item["SK"]) for item in shop.items() if item not in before}
    assert written == {(f"ORDER#{order_id}", "ORDER"), (f"ORDER#{order_id}", "ADDRESS")}


def test_order_and_address_are_written_in_one_transaction(shop: World, calls: AwsCalls) -> None:
    shop.place()
    (written,) = calls.made("TransactWriteItems")
    assert len(written["TransactItems"]) == 2


def test_address_is_stored_apart_from_the_order(shop: World) -> None:
    shop.place()
    assert not [line for line in ADDRESS.values() if line in json.dumps(the_order(shop))]


def test_every_written_item_has_its_schema_version_and_version(shop: World) -> None:
    shop.place()
    items = [item for item in shop.items() if item["PK"].startswith("ORDER#")]
    assert [(item["schemaVersion"], item["version"]) for item in items] == [(1, 1), (1, 1)]


def test_order_is_in_the_list_of_its_customer(shop: World) -> None:
    shop.place()
    order = the_order(shop)
    assert (order["GSI1PK"], order["GSI1SK"]) == (
        f"CUSTOMER#{ALICE}",
        f"ORDER#{order['createdAt']}#{order['orderId']}",
    )


def test_open_order_is_in_the_index_of_due_items(shop: World) -> None:
    shop.place()
    order = the_order(shop)
    assert {"GSI2PK": order["GSI2PK"], "GSI2SK": order["GSI2SK"]} == order_keys.open_order(
        order["orderId"], order["updatedAt"]
    )


def test_order_keeps_the_fingerprint_of_its_body_but_not_the_body(shop: World) -> None:
    shop.place(key="key-1")
    assert len(bytes.fromhex(the_order(shop)["fingerprint"])) == 32


def test_prices_and_the_order_key_are_read_in_one_consistent_call(shop: World, calls: AwsCalls) -> None:
    shop.place(key="key-1")
    (read,) = [call["RequestItems"]["orders"] for call in calls.made("BatchGetItem")]
    partitions = {key["PK"]["S"] for key in read["Keys"]}
    order_id = keyed_order_id(ISSUER, "alice", "key-1")
    assert (partitions, read["ConsistentRead"]) == ({f"ORDER#{order_id}", "PRODUCT#MUG-RED"}, True)


def test_later_price_change_does_not_affect_a_placed_order(shop: World) -> None:
    placed = shop.place()
    shop.stocked(units=0, price=99)
    path = {"orderId": placed.body["orderId"]}
    assert shop.api("get_order", "GET /orders/{orderId}", path=path).body == placed.body
