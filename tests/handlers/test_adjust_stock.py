"""POST /products/{sku}/stock with `adjusted`: a count is put right. Promise 2: never below what is held."""

from typing import Any

import pytest

from ordering.domain.identity import customer_id
from ordering.domain.product import Sku
from ordering.repositories import keys
from tests.support import invariants
from tests.support.aws_calls import AwsCalls, before_it, cancelled, contended, sent_twice
from tests.support.orders import an_order, follow
from tests.support.recorded import ISSUER
from tests.support.refusals import fields_of, kind_of
from tests.support.snapshots import beginning_with
from tests.support.world import Response, World

MUG = Sku("MUG-RED")
ROUTE = "POST /products/{sku}/stock"
REASON = "counted twice"


@pytest.fixture
def shop(world: World) -> World:
    """Ten red mugs, two of which an open order holds."""

    def bring() -> None:
        world.step("reserve_stock", world.stocked(units=10).place_order(("MUG-RED", 2)))

    beginning_with("ten mugs, two of them held", bring)
    return world


def adjust(
    world: World,
    units: Any = -3,
    *,
    reason: Any = REASON,
    key: str | None = "stocktaking",
    sku: str = MUG,
    subject: str = "staff",
    body: Any = None,
) -> Response:
    return world.api(
        "receive_stock",
        ROUTE,
        body if body is not None else {"adjusted": units, "reason": reason},
        path={"sku": sku},
        headers={"Idempotency-Key": key} if key is not None else {},
        subject=subject,
    )


def receive(world: World, units: int, key: str) -> Response:
    return adjust(world, key=key, body={"received": units})


def figures(answer: Response) -> dict[str, int]:
    return {name: value for name, value in answer.body.items() if name != "sku"}


def remove(world: World, sku: str = MUG) -> None:
    etag = world.api("get_product", "GET /products/{sku}", path={"sku": sku}).headers["etag"]
    headers = {"If-Match": etag}
    gone = world.api("delete_product", "DELETE /products/{sku}", path={"sku": sku}, headers=headers)
    assert gone.status == 204, gone


# -- a count that is put right -------------------------------------------------------------------------


def test_units_that_are_taken_out_can_no_longer_be_ordered(shop: World) -> None:
    answered = adjust(shop, -3)
    assert (answered.status, figures(answered)) == (
        200,
        {"received": 10, "adjusted": -3, "available": 5, "held": 2, "shipped": 0},
    )


def test_units_that_were_found_can_be_ordered(shop: World) -> None:
    assert figures(adjust(shop, 3)) == {
        "received": 10,
        "adjusted": 3,
        "available": 11,
        "held": 2,
        "shipped": 0,
    }


def test_adjustments_add_up_and_receipts_stay_what_they_were(shop: World) -> None:
    adjust(shop, -5, key="a")
    adjust(shop, 2, key="b")
    assert figures(receive(shop, 10, "delivery-2")) == {
        "received": 20,
        "adjusted": -3,
        "available": 15,
        "held": 2,
        "shipped": 0,
    }
    invariants.check(shop, ended=False)


def test_all_that_is_available_can_be_taken_out(shop: World) -> None:
    assert figures(adjust(shop, -8))["available"] == 0


def test_an_order_that_holds_its_units_is_fulfilled_whatever_is_taken_out(world: World) -> None:
    order_id = an_order(world, "reserved")
    adjust(world, -8)
    steps = ("authorise_payment", "confirm_order", "capture_payment", "book_shipment", "complete_order")
    assert follow(world, order_id, *steps)[-1] == "FULFILLED"
    invariants.check(world)


def test_what_was_taken_out_is_not_sold(shop: World) -> None:
    adjust(shop, -8)
    assert shop.step("reserve_stock", shop.place_order(("MUG-RED", 1))) == "OUT_OF_STOCK"


def test_an_entry_says_how_many_why_when_and_who(shop: World) -> None:
    adjust(shop)
    entry = shop.table.get(keys.stock_entry(MUG, "stocktaking"))
    assert entry
    assert (entry["adjusted"], entry["reason"]) == (-3, REASON)
    assert entry["by"] == customer_id(ISSUER, "staff")
    assert "received" not in entry


# -- never below what is held --------------------------------------------------------------------------


@pytest.mark.parametrize("units", [-9, -10, -11, -1_000_000])
def test_more_than_is_available_is_refused(shop: World, units: int) -> None:
    refused = adjust(shop, units)
    assert (refused.status, kind_of(refused)) == (409, "not-enough-stock")
    assert {name: refused.body[name] for name in ("available", "held")} == {"available": 8, "held": 2}


def test_what_is_refused_leaves_nothing_written(shop: World) -> None:
    before = shop.items()
    adjust(shop, -9)
    assert shop.items() == before


def test_nothing_can_be_taken_out_where_nothing_ever_came_in(world: World) -> None:
    refused = adjust(world.stocked(units=0), -1)
    assert (refused.status, refused.body["available"], refused.body["held"]) == (409, 0, 0)


def test_units_that_an_order_took_meanwhile_are_not_taken_out(shop: World, calls: AwsCalls) -> None:
    """The refusal tells what the write found, not what was there before."""
    other = shop.place_order(("MUG-RED", 6))

    calls.next("TransactWriteItems", before_it(lambda: shop.step("reserve_stock", other)))
    refused = adjust(shop, -3)
    assert (refused.status, refused.body["available"], refused.body["held"]) == (409, 2, 8)
    invariants.check(shop, ended=False)


def test_the_refused_key_can_be_used_for_what_is_possible(shop: World) -> None:
    adjust(shop, -9)
    assert adjust(shop, -8).status == 200


# -- once for each key ---------------------------------------------------------------------------------


def test_a_repeat_changes_nothing_and_says_so(shop: World) -> None:
    first = adjust(shop)
    before = shop.items()
    again = adjust(shop)
    assert (again.status, again.headers["idempotency-replayed"], again.body) == (200, "true", first.body)
    assert shop.items() == before


def test_a_repeat_finds_its_entry_when_no_more_units_are_left(shop: World) -> None:
    adjust(shop, -8)
    again = adjust(shop, -8)
    assert (again.status, again.headers["idempotency-replayed"]) == (200, "true")


def test_a_repeat_finds_its_entry_when_the_product_has_gone(world: World) -> None:
    adjust(world.stocked(), -3)
    remove(world)
    again = adjust(world, -3)
    assert (again.status, again.headers["idempotency-replayed"]) == (200, "true")


def test_a_repeat_finds_its_entry_where_dynamodb_tells_of_the_stock_alone(
    shop: World, calls: AwsCalls
) -> None:
    adjust(shop, -8)
    calls.next("TransactWriteItems", cancelled(None, None, "ConditionalCheckFailed"))
    assert adjust(shop, -8).headers["idempotency-replayed"] == "true"


def test_units_are_taken_out_once_when_the_sdk_sends_them_twice(shop: World, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", sent_twice)
    assert figures(adjust(shop, -8))["available"] == 0
    invariants.check(shop, ended=False)


@pytest.mark.parametrize(
    "other",
    [{"adjusted": -4, "reason": REASON}, {"adjusted": -3, "reason": "stolen"}, {"received": 3}],
    ids=["other units", "another reason", "a receipt"],
)
def test_the_same_key_with_another_entry_is_refused(shop: World, other: dict[str, Any]) -> None:
    adjust(shop)
    before = shop.items()
    refused = adjust(shop, body=other)
    assert (refused.status, kind_of(refused), fields_of(refused)) == (
        422,
        "idempotency-key-reused",
        ["Idempotency-Key"],
    )
    assert shop.items() == before


def test_a_receipt_of_the_first_releases_is_still_found_by_its_key(shop: World) -> None:
    """It holds neither its key, nor who entered it, nor where a ledger lists it."""
    item = {
        **keys.stock_entry(MUG, "old"),
        "schemaVersion": 1,
        "version": 1,
        "received": 5,
        "createdAt": "2026-01-01T00:00:00.000Z",
    }
    shop.table.put(item, condition="attribute_not_exists(PK)")
    assert receive(shop, 5, "old").headers["idempotency-replayed"] == "true"
    assert receive(shop, 6, "old").status == 422


def test_contention_is_answered_as_busy(shop: World, calls: AwsCalls) -> None:
    calls.always("TransactWriteItems", contended)
    busy = adjust(shop)
    assert (busy.status, kind_of(busy)) == (503, "busy")


# -- out of the catalogue and back ---------------------------------------------------------------------


def test_removing_a_product_brings_back_no_unit_that_was_taken_out(world: World) -> None:
    adjust(world.stocked(units=10), -4)
    remove(world)
    world.stocked(units=0)
    back = world.api("get_product", "GET /products/{sku}", path={"sku": MUG})
    assert back.body["available"] == 6
    assert figures(adjust(world, 1, key="another"))["adjusted"] == -3


def test_nothing_is_adjusted_of_a_product_that_is_not_in_the_catalogue(world: World) -> None:
    remove(world.stocked())
    before = world.items()
    refused = adjust(world, -1)
    assert (refused.status, kind_of(refused)) == (404, "product-not-found")
    assert world.items() == before


# -- refusals ------------------------------------------------------------------------------------------

BAD: dict[str, tuple[dict[str, Any], int, str, list[str]]] = {
    "no key": ({"key": None}, 400, "missing-idempotency-key", ["Idempotency-Key"]),
    "no reason": ({"body": {"adjusted": -3}}, 422, "invalid-body", ["reason"]),
    "a reason of null": ({"reason": None}, 422, "invalid-body", ["reason"]),
    "an empty reason": ({"reason": ""}, 422, "invalid-body", ["reason"]),
    "a reason of spaces": ({"reason": "   "}, 422, "invalid-body", ["reason"]),
    "a reason on two lines": ({"reason": "a\nb"}, 422, "invalid-body", ["reason"]),
    "a reason beyond reason": ({"reason": "a" * 121}, 422, "invalid-body", ["reason"]),
    "a reason alone": ({"body": {"reason": REASON}}, 422, "invalid-body", ["received"]),
    "no units": ({"units": 0}, 422, "invalid-body", ["adjusted"]),
    "units below reason": ({"units": -1_000_001}, 422, "invalid-body", ["adjusted"]),
    "units beyond reason": ({"units": 1_000_001}, 422, "invalid-body", ["adjusted"]),
    "more than 64 bits": ({"units": -(10**40)}, 422, "invalid-body", ["adjusted"]),
    "units of text": ({"units": "-3"}, 422, "invalid-body", ["adjusted"]),
    "half a unit": ({"units": -0.5}, 422, "invalid-body", ["adjusted"]),
    "both": ({"body": {"received": 5, "adjusted": -3, "reason": REASON}}, 422, "invalid-body", ["adjusted"]),
    "a negative receipt": ({"body": {"received": -3, "reason": REASON}}, 422, "invalid-body", ["received"]),
    "an unknown field": (
        {"body": {"adjusted": -3, "reason": REASON, "by": "me"}},
        422,
        "invalid-body",
        ["by"],
    ),
}


@pytest.mark.parametrize(("sent", "status", "kind", "fields"), BAD.values(), ids=BAD)
def test_a_bad_adjustment_is_refused_by_its_field_and_leaves_nothing_written(
    shop: World, sent: dict[str, Any], status: int, kind: str, fields: list[str]
) -> None:
    before = shop.items()
    refused = adjust(shop, **sent)
    assert (refused.status, kind_of(refused), fields_of(refused)) == (status, kind, fields)
    assert shop.items() == before


def test_a_receipt_may_say_why_too(shop: World) -> None:
    assert adjust(shop, key="delivery-2", body={"received": 5, "reason": "by hand"}).status == 200
