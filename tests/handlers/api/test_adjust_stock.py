"""POST /products/{sku}/stock with `adjusted` corrects a count. Guarantee 2: never below the held units."""

from typing import Any

import pytest

from ordering.domain.identity import customer_id
from ordering.domain.product import Sku
from ordering.repositories.keys import product_keys
from tests.support import invariants
from tests.support.aws_calls import AwsCalls, before_it, cancelled, contended, sent_twice
from tests.support.orders import an_order, follow
from tests.support.recorded import ISSUER
from tests.support.refusals import fields_of, kind_of
from tests.support.snapshots import beginning_with
from tests.support.world import HandlerResponse, World

MUG = Sku("MUG-RED")
ROUTE = "POST /products/{sku}/stock"
REASON = "counted twice"


@pytest.fixture
def shop(world: World) -> World:
    """A shop with ten red mugs, two of which an open order holds."""

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
) -> HandlerResponse:
    return world.api(
        "receive_stock",
        ROUTE,
        body if body is not None else {"adjusted": units, "reason": reason},
        path={"sku": sku},
        headers={"Idempotency-Key": key} if key is not None else {},
        subject=subject,
    )


def receive(world: World, units: int, key: str) -> HandlerResponse:
    return adjust(world, key=key, body={"received": units})


def figures(answer: HandlerResponse) -> dict[str, int]:
    return {name: value for name, value in answer.body.items() if name != "sku"}


def remove(world: World, sku: str = MUG) -> None:
    etag = world.api("get_product", "GET /products/{sku}", path={"sku": sku}).headers["etag"]
    headers = {"If-Match": etag}
    gone = world.api("delete_product", "DELETE /products/{sku}", path={"sku": sku}, headers=headers)
    assert gone.status == 204, gone


# -- corrected counts ----------------------------------------------------------------------------------


def test_written_off_units_cannot_be_ordered(shop: World) -> None:
    answered = adjust(shop, -3)
    assert (answered.status, figures(answered)) == (
        200,
        {"received": 10, "adjusted": -3, "available": 5, "held": 2, "shipped": 0},
    )


def test_found_units_can_be_ordered(shop: World) -> None:
    assert figures(adjust(shop, 3)) == {
        "received": 10,
        "adjusted": 3,
        "available": 11,
        "held": 2,
        "shipped": 0,
    }


def test_adjustments_accumulate_and_leave_the_receipts_unchanged(shop: World) -> None:
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


def test_all_available_units_can_be_written_off(shop: World) -> None:
    assert figures(adjust(shop, -8))["available"] == 0


def test_order_with_held_units_is_fulfilled_after_a_write_off(world: World) -> None:
    order_id = an_order(world, "reserved")
    adjust(world, -8)
    steps = ("authorise_payment", "confirm_order", "capture_payment", "book_shipment", "complete_order")
    assert follow(world, order_id, *steps)[-1] == "FULFILLED"
    invariants.check(world)


def test_written_off_units_are_not_sold(shop: World) -> None:
    adjust(shop, -8)
    assert shop.step("reserve_stock", shop.place_order(("MUG-RED", 1))) == "OUT_OF_STOCK"


def test_ledger_entry_holds_quantity_reason_time_and_author(shop: World) -> None:
    adjust(shop)
    entry = shop.table.get(product_keys.stock_entry(MUG, "stocktaking"))
    assert entry
    assert (entry["adjusted"], entry["reason"]) == (-3, REASON)
    assert entry["by"] == customer_id(ISSUER, "staff")
    assert "received" not in entry


# -- never below what is held --------------------------------------------------------------------------


@pytest.mark.parametrize("units", [-9, -10, -11, -1_000_000])
def test_write_off_of_more_than_is_available_is_refused(shop: World, units: int) -> None:
    refused = adjust(shop, units)
    assert (refused.status, kind_of(refused)) == (409, "not-enough-stock")
    assert {name: refused.body[name] for name in ("available", "held")} == {"available": 8, "held": 2}


def test_refused_adjustment_writes_nothing(shop: World) -> None:
    before = shop.items()
    adjust(shop, -9)
    assert shop.items() == before


def test_nothing_can_be_written_off_without_any_receipt(world: World) -> None:
    refused = adjust(world.stocked(units=0), -1)
    assert (refused.status, refused.body["available"], refused.body["held"]) == (409, 0, 0)


def test_units_reserved_concurrently_are_not_written_off(shop: World, calls: AwsCalls) -> None:
    """The refusal has the figures at the time of the write, not those that were read before it."""
    other = shop.place_order(("MUG-RED", 6))

    calls.next("TransactWriteItems", before_it(lambda: shop.step("reserve_stock", other)))
    refused = adjust(shop, -3)
    assert (refused.status, refused.body["available"], refused.body["held"]) == (409, 2, 8)
    invariants.check(shop, ended=False)


def test_key_of_a_refused_adjustment_can_be_used_again(shop: World) -> None:
    adjust(shop, -9)
    assert adjust(shop, -8).status == 200


# -- once for each key ---------------------------------------------------------------------------------


def test_repeated_adjustment_changes_nothing_and_is_marked_as_a_replay(shop: World) -> None:
    first = adjust(shop)
    before = shop.items()
    again = adjust(shop)
    assert (again.status, again.headers["idempotency-replayed"], again.body) == (200, "true", first.body)
    assert shop.items() == before


def test_repeated_adjustment_finds_its_entry_when_no_units_are_left(shop: World) -> None:
    adjust(shop, -8)
    again = adjust(shop, -8)
    assert (again.status, again.headers["idempotency-replayed"]) == (200, "true")


def test_repeated_adjustment_finds_its_entry_after_the_product_was_removed(world: World) -> None:
    adjust(world.stocked(), -3)
    remove(world)
    again = adjust(world, -3)
    assert (again.status, again.headers["idempotency-replayed"]) == (200, "true")


def test_repeated_adjustment_finds_its_entry_if_only_the_stock_condition_fails(
    shop: World, calls: AwsCalls
) -> None:
    adjust(shop, -8)
    calls.next("TransactWriteItems", cancelled(None, None, "ConditionalCheckFailed"))
    assert adjust(shop, -8).headers["idempotency-replayed"] == "true"


def test_sdk_retry_of_an_adjustment_is_counted_once(shop: World, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", sent_twice)
    assert figures(adjust(shop, -8))["available"] == 0
    invariants.check(shop, ended=False)


@pytest.mark.parametrize(
    "other",
    [{"adjusted": -4, "reason": REASON}, {"adjusted": -3, "reason": "stolen"}, {"received": 3}],
    ids=["other units", "another reason", "a receipt"],
)
def test_same_key_with_another_adjustment_is_refused(shop: World, other: dict[str, Any]) -> None:
    adjust(shop)
    before = shop.items()
    refused = adjust(shop, body=other)
    assert (refused.status, kind_of(refused), fields_of(refused)) == (
        422,
        "idempotency-key-reused",
        ["Idempotency-Key"],
    )
    assert shop.items() == before


def test_receipt_of_the_first_releases_is_found_by_its_key(shop: World) -> None:
    """Entries of earlier releases have no key, no author and no index entry."""
    item = {
        **product_keys.stock_entry(MUG, "old"),
        "schemaVersion": 1,
        "version": 1,
        "received": 5,
        "createdAt": "2026-01-01T00:00:00.000Z",
    }
    shop.table.put(item, condition="attribute_not_exists(PK)")
    assert receive(shop, 5, "old").headers["idempotency-replayed"] == "true"
    assert receive(shop, 6, "old").status == 422


def test_contention_over_an_adjustment_returns_busy(shop: World, calls: AwsCalls) -> None:
    calls.always("TransactWriteItems", contended)
    busy = adjust(shop)
    assert (busy.status, kind_of(busy)) == (503, "busy")


# -- out of the catalogue and back ---------------------------------------------------------------------


def test_removing_a_product_restores_no_written_off_unit(world: World) -> None:
    adjust(world.stocked(units=10), -4)
    remove(world)
    world.stocked(units=0)
    back = world.api("get_product", "GET /products/{sku}", path={"sku": MUG})
    assert back.body["available"] == 6
    assert figures(adjust(world, 1, key="another"))["adjusted"] == -3


def test_stock_of_a_removed_product_cannot_be_adjusted(world: World) -> None:
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
def test_bad_adjustment_is_refused_by_field_and_writes_nothing(
    shop: World, sent: dict[str, Any], status: int, kind: str, fields: list[str]
) -> None:
    before = shop.items()
    refused = adjust(shop, **sent)
    assert (refused.status, kind_of(refused), fields_of(refused)) == (status, kind, fields)
    assert shop.items() == before


def test_receipt_may_have_a_reason(shop: World) -> None:
    assert adjust(shop, key="delivery-2", body={"received": 5, "reason": "by hand"}).status == 200
