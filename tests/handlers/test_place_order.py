"""POST /orders. Guarantee 1: at most one order per customer and key. Guarantee 7: catalogue prices."""

import base64
import json
from typing import Any
from urllib.parse import urljoin
from uuid import UUID

import pytest

from ordering.domain.identity import customer_id, keyed_order_id
from ordering.domain.order import OrderId
from ordering.dynamodb.transaction import ABSENT
from ordering.http.problems import ProblemType
from ordering.http.request import MAX_BODY_BYTES
from ordering.repositories import keys
from ordering.repositories.orders import Orders
from tests.support.aws_calls import (
    AwsCalls,
    Parameters,
    Send,
    and_then,
    cancelled,
    contended,
    fails,
    sent_twice,
)
from tests.support.builders import image, product
from tests.support.recorded import ISSUER, http_event
from tests.support.refusals import fields_of, kind_of
from tests.support.snapshots import beginning_with
from tests.support.world import ADDRESS, World, invoke, order_body

ALICE = customer_id(ISSUER, "alice")


@pytest.fixture
def shop(world: World) -> World:
    """Red mugs at 12.50 EUR, ten of them."""

    def bring() -> None:
        world.stocked()

    beginning_with("red mugs", bring)
    return world


def orders_of(world: World) -> list[dict[str, Any]]:
    return [item for item in world.items() if item["SK"] == "ORDER"]


def the_order(world: World) -> dict[str, Any]:
    (order,) = orders_of(world)
    return order


# -- an order that is accepted -------------------------------------------------------------------------


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


# -- what is written -----------------------------------------------------------------------------------


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
    assert {"GSI2PK": order["GSI2PK"], "GSI2SK": order["GSI2SK"]} == keys.open_order(
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


# -- an order that is refused --------------------------------------------------------------------------


def body_with(**changed: Any) -> dict[str, Any]:
    return order_body() | changed


def line(**changed: Any) -> dict[str, Any]:
    return body_with(lines=[{"sku": "MUG-RED", "quantity": 1} | changed])


def address(**changed: Any) -> dict[str, Any]:
    return body_with(shippingAddress=ADDRESS | changed)


# What is sent, the status and the kind of the refusal, and the field that it names.
REFUSALS: dict[str, tuple[Any, int, ProblemType, str | None]] = {
    "nothing": (None, 400, ProblemType.MALFORMED_BODY, None),
    "empty": ("", 400, ProblemType.MALFORMED_BODY, None),
    "not JSON": ("lines=MUG-RED", 400, ProblemType.MALFORMED_BODY, None),
    "cut off": (json.dumps(order_body())[:-1], 400, ProblemType.MALFORMED_BODY, None),
    "NaN": (json.dumps(line(quantity=float("nan"))), 400, ProblemType.MALFORMED_BODY, None),
    "half a character": (address(city="\ud800"), 400, ProblemType.MALFORMED_BODY, None),
    "oversize": ("{" + " " * MAX_BODY_BYTES, 413, ProblemType.BODY_TOO_LARGE, None),
    "an array": ("[]", 422, ProblemType.INVALID_BODY, "$"),
    "no token": (
        {name: order_body()[name] for name in ("lines", "shippingAddress")},
        422,
        ProblemType.INVALID_BODY,
        "paymentToken",
    ),
    "a total": (body_with(total={"amount": 1, "currency": "EUR"}), 422, ProblemType.INVALID_BODY, "total"),
    "a price": (line(unitPrice=1), 422, ProblemType.INVALID_BODY, "lines[0].unitPrice"),
    "no lines": (body_with(lines=[]), 422, ProblemType.INVALID_BODY, "lines"),
    "51 lines": (order_body(*[(f"S{n}", 1) for n in range(51)]), 422, ProblemType.INVALID_BODY, "lines"),
    "one product twice": (
        order_body(("MUG-RED", 1), ("MUG-BLUE", 1), ("MUG-RED", 2)),
        422,
        ProblemType.INVALID_BODY,
        "lines[2].sku",
    ),
    "a quantity of zero": (line(quantity=0), 422, ProblemType.INVALID_BODY, "lines[0].quantity"),
    "a negative quantity": (line(quantity=-1), 422, ProblemType.INVALID_BODY, "lines[0].quantity"),
    "a huge quantity": (line(quantity=10**18), 422, ProblemType.INVALID_BODY, "lines[0].quantity"),
    "a quantity of text": (line(quantity="1"), 422, ProblemType.INVALID_BODY, "lines[0].quantity"),
    "a quantity of a float": (line(quantity=1.5), 422, ProblemType.INVALID_BODY, "lines[0].quantity"),
    "a quantity of true": (line(quantity=True), 422, ProblemType.INVALID_BODY, "lines[0].quantity"),
    "a SKU of no form": (line(sku="MUG RED"), 422, ProblemType.INVALID_BODY, "lines[0].sku"),
    "an empty token": (body_with(paymentToken=""), 422, ProblemType.INVALID_BODY, "paymentToken"),
    "no address": (body_with(shippingAddress=None), 422, ProblemType.INVALID_BODY, "shippingAddress"),
    "no country": (address(country=""), 422, ProblemType.INVALID_BODY, "shippingAddress.country"),
    "nobody to be seen": (
        address(name="\u200b\u00a0"),
        422,
        ProblemType.INVALID_BODY,
        "shippingAddress.name",
    ),
    "a forged line": (address(city="A\u2028B"), 422, ProblemType.INVALID_BODY, "shippingAddress.city"),
    "not UTF-8": (
        json.dumps(address(city="Z\ufffdrich"), ensure_ascii=False),
        400,
        ProblemType.MALFORMED_BODY,
        "shippingAddress.city",
    ),
    "a country of nobody": (address(country="UK"), 422, ProblemType.INVALID_BODY, "shippingAddress.country"),
    "no postal code": (address(postalCode=None), 422, ProblemType.INVALID_BODY, "shippingAddress.postalCode"),
    "a SKU that nobody knows": (
        order_body(("MUG-RED", 1), ("MUG-GONE", 1)),
        422,
        ProblemType.UNKNOWN_SKU,
        "lines[1].sku",
    ),
}
refusals = pytest.mark.parametrize(("body", "status", "kind", "field"), REFUSALS.values(), ids=REFUSALS)


@refusals
def test_bad_order_is_refused_with_its_problem_and_field(
    shop: World, body: Any, status: int, kind: ProblemType, field: str | None
) -> None:
    refused = shop.api("place_order", "POST /orders", body)
    assert (refused.status, kind_of(refused), fields_of(refused)) == (
        status,
        kind.slug,
        [field] if field else [],
    )


@refusals
def test_bad_order_writes_nothing(
    shop: World, body: Any, status: int, kind: ProblemType, field: str | None
) -> None:
    before = shop.items()
    shop.api("place_order", "POST /orders", body, headers={"Idempotency-Key": "key-1"})
    assert shop.items() == before


def test_order_in_two_currencies_is_refused(shop: World) -> None:
    in_dollars(shop)
    refused = shop.place(order_body(("MUG-RED", 1), ("MUG-US", 1)))
    assert (refused.status, kind_of(refused), fields_of(refused)) == (422, "mixed-currencies", ["lines"])


def test_order_in_two_currencies_writes_nothing(shop: World) -> None:
    in_dollars(shop)
    before = shop.items()
    shop.place(order_body(("MUG-RED", 1), ("MUG-US", 1)))
    assert shop.items() == before


def test_order_from_an_empty_catalogue_is_refused(world: World) -> None:
    assert kind_of(world.place()) == "unknown-sku"


@pytest.mark.parametrize("key", ["", " ", "two words", "ключ", "k" * 256], ids=ascii)
def test_malformed_key_is_refused(shop: World, key: str) -> None:
    refused = shop.api("place_order", "POST /orders", order_body(), headers={"Idempotency-Key": key})
    assert (refused.status, kind_of(refused), fields_of(refused)) == (
        400,
        "invalid-idempotency-key",
        ["Idempotency-Key"],
    )


def test_malformed_key_writes_nothing(shop: World) -> None:
    before = shop.items()
    shop.place(key="two words")
    assert shop.items() == before


# -- idempotency ---------------------------------------------------------------------------------------


def test_same_key_returns_the_same_order(shop: World) -> None:
    assert shop.place(key="key-1").body == shop.place(key="key-1").body


def test_same_key_creates_one_order(shop: World) -> None:
    for _ in range(3):
        shop.place(key="key-1")
    assert len(orders_of(shop)) == 1


def test_replay_writes_nothing(shop: World) -> None:
    shop.place(key="key-1")
    before = shop.items()
    shop.place(key="key-1")
    assert shop.items() == before


def test_replay_is_marked_by_a_header(shop: World) -> None:
    first, second = shop.place(key="key-1"), shop.place(key="key-1")
    assert [answer.headers.get("idempotency-replayed") for answer in (first, second)] == [None, "true"]


def test_replay_has_the_status_code_of_the_first_response(shop: World) -> None:
    first, second = shop.place(key="key-1"), shop.place(key="key-1")
    assert (first.status, first.headers["location"]) == (second.status, second.headers["location"])


def test_replay_may_format_its_json_differently(shop: World) -> None:
    first = shop.place(key="key-1")
    otherwise = json.dumps(dict(reversed(order_body().items())), indent=4)
    assert shop.place(otherwise, key="key-1").body["orderId"] == first.body["orderId"]


def test_replay_finds_its_order_in_any_status(shop: World) -> None:
    first = shop.place(key="key-1")
    shop.step("reserve_stock", OrderId(first.body["orderId"]))
    assert shop.place(key="key-1").body["orderId"] == first.body["orderId"]


def test_replay_shows_the_price_at_placing(shop: World) -> None:
    first = shop.place(key="key-1")
    shop.stocked(units=0, price=99)
    assert shop.place(key="key-1").body == first.body


def test_replay_finds_its_order_after_the_product_was_removed(shop: World) -> None:
    first = shop.place(key="key-1")
    shop.table.delete(keys.product(first.body["lines"][0]["sku"]))
    assert shop.place(key="key-1").body == first.body


@pytest.mark.parametrize(
    "before", [address(country="UK"), address(name="Ada\u2028"), address(postalCode=None)], ids=ascii
)
def test_replay_finds_its_order_after_a_rule_became_stricter(
    shop: World, monkeypatch: pytest.MonkeyPatch, before: Any
) -> None:
    with monkeypatch.context() as earlier_release:
        earlier_release.setattr("lambdas.api.place_order.checked", lambda body: body)
        first = shop.place(before, key="key-1")
    again = shop.place(before, key="key-1")
    assert (again.status, again.headers["idempotency-replayed"]) == (202, "true")
    assert again.body == first.body
    assert shop.place(before, key="key-2").status == 422


def test_address_is_stored_in_unicode_normal_form_c(shop: World) -> None:
    placed = shop.place(address(name="Zoe\u0308", city="Que\u0301bec"))
    kept = shop.details(OrderId(placed.body["orderId"])).address
    assert kept
    assert (kept.name, kept.city) == ("Zo\xeb", "Qu\xe9bec")


def test_replay_is_recognised_by_its_bytes_before_text_is_normalised(shop: World) -> None:
    first, again = (shop.place(address(name="Zoe\u0308"), key="key-1") for _ in range(2))
    assert again.body["orderId"] == first.body["orderId"]


OTHER_BODIES = {
    "another quantity": line(quantity=3),
    "another token": order_body(token="tok_declined"),
    "another country": order_body(country="NL"),
    "a line more of the address": address(line2="Flat 2"),
}


@pytest.mark.parametrize("other", OTHER_BODIES.values(), ids=OTHER_BODIES)
def test_same_key_with_another_body_is_refused(shop: World, other: Any) -> None:
    shop.place(key="key-1")
    refused = shop.place(other, key="key-1")
    assert (refused.status, kind_of(refused), fields_of(refused)) == (
        422,
        "idempotency-key-reused",
        ["Idempotency-Key"],
    )


def test_same_key_with_another_body_writes_nothing(shop: World) -> None:
    shop.place(key="key-1")
    before = shop.items()
    shop.place(order_body(("MUG-RED", 3)), key="key-1")
    assert shop.items() == before


def test_refusal_of_a_reused_key_shows_nothing_of_its_order(shop: World) -> None:
    first = shop.place(key="key-1")
    refused = shop.place(order_body(("MUG-RED", 3)), key="key-1")
    assert first.body["orderId"] not in json.dumps(refused.body)


@pytest.mark.parametrize("sent", ["key-1,key-1", "key-1, key-1", '"key-1","key-1"', "key-1,key-2", '""', ""])
def test_list_of_keys_or_an_empty_key_places_no_order(shop: World, sent: str) -> None:
    """Guarantee 1: `K,K` is what `K` sent twice arrives as, and would be another order than that of `K`."""
    shop.place(key="key-1")
    before = shop.items()
    refused = shop.api("place_order", "POST /orders", order_body(), headers={"Idempotency-Key": sent})
    assert (refused.status, kind_of(refused)) == (400, "invalid-idempotency-key")
    assert shop.items() == before


def test_quoted_key_with_a_comma_is_one_key(shop: World) -> None:
    first, second = shop.place(key='"basket,1"'), shop.place(key='"basket,1"')
    assert (first.status, first.body["orderId"]) == (202, second.body["orderId"])


def test_key_with_and_without_quotes_is_the_same_key(shop: World) -> None:
    first, second = shop.place(key="key-1"), shop.place(key='"key-1"')
    assert (second.body["orderId"], len(orders_of(shop))) == (first.body["orderId"], 1)


def test_another_key_creates_another_order(shop: World) -> None:
    assert shop.place(key="key-1").body["orderId"] != shop.place(key="key-2").body["orderId"]


def test_every_request_without_a_key_creates_an_order(shop: World) -> None:
    shop.place()
    shop.place()
    assert len(orders_of(shop)) == 2


def test_order_placed_without_a_key_has_an_id_with_its_time(shop: World) -> None:
    assert UUID(shop.place().body["orderId"]).version == 7


def test_same_key_of_another_customer_creates_another_order(shop: World) -> None:
    mine, theirs = shop.place(key="key-1"), shop.place(key="key-1", subject="bob")
    assert mine.body["orderId"] != theirs.body["orderId"]


def test_same_key_of_the_same_subject_at_another_issuer_is_another_order(shop: World) -> None:
    here, there = shop.place(key="key-1"), shop.place(key="key-1", issuer="https://other.example.com")
    assert here.body["orderId"] != there.body["orderId"]


def test_another_customer_is_not_told_that_a_key_is_taken(shop: World) -> None:
    shop.place(key="key-1")
    assert "idempotency-replayed" not in shop.place(key="key-1", subject="bob").headers


def test_sdk_retry_is_not_reported_as_a_replay(shop: World, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", sent_twice)
    placed = shop.place(key="key-1")
    assert (placed.status, placed.headers.get("idempotency-replayed")) == (202, None)


def test_sdk_retry_creates_one_order(shop: World, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", sent_twice)
    shop.place()
    assert len(orders_of(shop)) == 1


def test_later_of_two_concurrent_requests_finds_the_order_of_the_earlier(
    shop: World, calls: AwsCalls
) -> None:
    calls.next("BatchGetItem", and_then(lambda: shop.place(key="key-1")))
    later = shop.place(key="key-1")
    assert (later.status, later.headers["idempotency-replayed"]) == (202, "true")


def test_later_of_two_concurrent_requests_with_another_body_is_refused(shop: World, calls: AwsCalls) -> None:
    calls.next("BatchGetItem", and_then(lambda: shop.place(order_body(("MUG-RED", 3)), key="key-1")))
    assert kind_of(shop.place(key="key-1")) == "idempotency-key-reused"


def test_two_concurrent_requests_create_one_order(shop: World, calls: AwsCalls) -> None:
    calls.next("BatchGetItem", and_then(lambda: shop.place(key="key-1")))
    shop.place(key="key-1")
    assert len(orders_of(shop)) == 1


def test_concurrent_placing_of_the_same_order_is_waited_for(shop: World, calls: AwsCalls) -> None:
    def rival(parameters: Parameters, send: Send) -> Any:
        shop.place(key="key-1")
        return contended(parameters, send)

    calls.next("TransactWriteItems", rival)
    assert shop.place(key="key-1").headers["idempotency-replayed"] == "true"


def test_order_placed_concurrently_is_found_despite_endless_contention(shop: World, calls: AwsCalls) -> None:
    def rival() -> None:
        shop.place(key="key-1")
        calls.always("TransactWriteItems", contended)

    calls.next("BatchGetItem", and_then(rival))
    assert shop.place(key="key-1").headers["idempotency-replayed"] == "true"


# -- contention and faults -----------------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 4])
def test_contention_is_retried(shop: World, calls: AwsCalls, times: int) -> None:
    calls.next("TransactWriteItems", contended, times=times)
    assert shop.place().status == 202


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError"])
def test_endless_contention_is_answered_as_busy(shop: World, calls: AwsCalls, code: str) -> None:
    calls.always("TransactWriteItems", cancelled(code))
    busy = shop.place()
    assert (busy.status, kind_of(busy), busy.headers["retry-after"]) == (503, "busy", "1")


def test_endless_contention_is_given_up_after_a_few_attempts(shop: World, calls: AwsCalls) -> None:
    calls.always("TransactWriteItems", contended)
    shop.place()
    assert len(calls.made("TransactWriteItems")) == 5


def test_endless_contention_writes_nothing(shop: World, calls: AwsCalls) -> None:
    calls.always("TransactWriteItems", contended)
    before = shop.items()
    shop.place()
    assert shop.items() == before


def test_order_refused_as_busy_is_placed_on_the_next_request(shop: World, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", contended, times=5)
    assert [shop.place(key="key-1").status for _ in range(2)] == [503, 202]


def test_catalogue_that_cannot_be_read_is_answered_as_busy(shop: World, calls: AwsCalls) -> None:
    calls.always(
        "BatchGetItem",
        lambda parameters, send: {"Responses": {}, "UnprocessedKeys": parameters["RequestItems"]},
    )
    assert shop.place().status == 503


def test_fault_is_a_problem_without_internal_details(shop: World, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", fails("AccessDeniedException"))
    failed = shop.place()
    assert (failed.status, failed.headers["content-type"], failed.body) == (
        500,
        "application/problem+json",
        {
            "type": "urn:problem-type:internal",
            "title": "An internal error occurred",
            "status": 500,
            "detail": "The error has been logged.",
            "instance": "urn:request:BqPvXhQbjoEEMmA=",
        },
    )


def test_unexpected_error_is_a_problem_without_internal_details(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*arguments: Any) -> Any:
        raise ZeroDivisionError("the inside")

    monkeypatch.setattr(Orders, "place", explode)
    failed = shop.place()
    assert (failed.status, "the inside" in json.dumps(failed.body)) == (500, False)


def in_dollars(shop: World) -> None:
    """With a mug that is priced in dollars."""
    body = {"name": "Mug", "price": {"amount": 1500, "currency": "USD"}}
    shop.api("put_product", "PUT /products/{sku}", body, path={"sku": "MUG-US"})
