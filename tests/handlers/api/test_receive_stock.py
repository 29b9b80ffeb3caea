"""POST /products/{sku}/stock. Guarantee 2: every received unit is counted once."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordering.domain.clock import now
from ordering.domain.product import Sku
from ordering.domain.stock import (
    FIND,
    HOLD,
    RECEIVE,
    RELEASE,
    SHIP,
    WRITE_OFF,
    Movement,
    NotEnoughStock,
    Stock,
    hold,
)
from ordering.dynamodb.client import TransactionCancelled
from ordering.guards import Guard
from ordering.repositories.catalogue import Catalogue
from ordering.repositories.keys import product_keys
from ordering.repositories.updates import move_stock_line
from tests.support.aws_calls import CONFLICT_ATTEMPTS, AwsCalls, cancelled, contended, sent_twice
from tests.support.refusals import fields_of, kind_of
from tests.support.world import HandlerResponse, World

MUG = Sku("MUG-RED")


def receive(
    world: World, units: Any = 5, *, key: str | None = "key-1", sku: str = MUG, body: Any = None
) -> HandlerResponse:
    return world.api(
        "receive_stock",
        "POST /products/{sku}/stock",
        body if body is not None else {"received": units},
        path={"sku": sku},
        headers={"Idempotency-Key": key} if key is not None else {},
    )


def figures(received: HandlerResponse) -> dict[str, int]:
    return {name: received.body[name] for name in ("received", "available", "held", "shipped")}


# -- what came in --------------------------------------------------------------------------------------


def test_received_units_can_be_ordered(unstocked_shop: World) -> None:
    received = receive(unstocked_shop, 5)
    assert (received.status, figures(received)) == (
        200,
        {"received": 5, "available": 5, "held": 0, "shipped": 0},
    )


def test_every_receipt_is_added_to_the_stock(unstocked_shop: World) -> None:
    receive(unstocked_shop, 5, key="key-1")
    assert figures(receive(unstocked_shop, 7, key="key-2"))["received"] == 12


def test_received_units_leave_the_held_units_unchanged(unstocked_shop: World) -> None:
    receive(unstocked_shop, 5)
    unstocked_shop.step("reserve_stock", unstocked_shop.place_order(("MUG-RED", 2)))
    assert figures(receive(unstocked_shop, 1, key="key-2")) == {
        "received": 6,
        "available": 4,
        "held": 2,
        "shipped": 0,
    }


def test_receipt_is_stored_under_its_key(unstocked_shop: World) -> None:
    receive(unstocked_shop, 5)
    receipt = unstocked_shop.table.get(product_keys.stock_entry(MUG, "key-1"))
    assert receipt
    assert receipt["received"] == 5


def test_receipt_and_added_stock_are_written_in_one_transaction(
    unstocked_shop: World, calls: AwsCalls
) -> None:
    receive(unstocked_shop)
    (written,) = calls.made("TransactWriteItems")
    assert [kind for action in written["TransactItems"] for kind in action] == [
        "ConditionCheck",
        "Put",
        "Update",
    ]


# -- once for each key ---------------------------------------------------------------------------------


def test_same_key_counts_once(unstocked_shop: World) -> None:
    receive(unstocked_shop)
    assert figures(receive(unstocked_shop))["received"] == 5


def test_repeated_receipt_writes_nothing(unstocked_shop: World) -> None:
    receive(unstocked_shop)
    before = unstocked_shop.items()
    receive(unstocked_shop)
    assert unstocked_shop.items() == before


def test_repeated_receipt_is_marked_as_a_replay(unstocked_shop: World) -> None:
    answers = [receive(unstocked_shop), receive(unstocked_shop)]
    assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, "true"]


def test_repeated_receipt_shows_the_current_stock(unstocked_shop: World) -> None:
    receive(unstocked_shop, 5)
    receive(unstocked_shop, 7, key="key-2")
    assert figures(receive(unstocked_shop, 5))["received"] == 12


def test_same_key_with_another_quantity_is_refused(unstocked_shop: World) -> None:
    receive(unstocked_shop, 5)
    refused = receive(unstocked_shop, 6)
    assert (refused.status, kind_of(refused), fields_of(refused)) == (
        422,
        "idempotency-key-reused",
        ["Idempotency-Key"],
    )


def test_same_key_with_another_quantity_writes_nothing(unstocked_shop: World) -> None:
    receive(unstocked_shop, 5)
    before = unstocked_shop.items()
    receive(unstocked_shop, 6)
    assert unstocked_shop.items() == before


def test_same_key_for_another_product_is_another_receipt(unstocked_shop: World) -> None:
    unstocked_shop.stocked("MUG-BLUE", units=0)
    receive(unstocked_shop, 5)
    assert figures(receive(unstocked_shop, 5, sku="MUG-BLUE"))["received"] == 5


def test_sdk_retry_of_a_receipt_counts_once(unstocked_shop: World, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", sent_twice)
    assert figures(receive(unstocked_shop))["received"] == 5


# -- refusals ------------------------------------------------------------------------------------------

BAD: dict[str, tuple[dict[str, Any], int, str, list[str]]] = {
    "no key": ({"key": None}, 400, "missing-idempotency-key", ["Idempotency-Key"]),
    "a key of no form": ({"key": "two words"}, 400, "invalid-idempotency-key", ["Idempotency-Key"]),
    "an empty key": ({"key": ""}, 400, "invalid-idempotency-key", ["Idempotency-Key"]),
    "a SKU of no form": ({"sku": "MUG RED"}, 400, "invalid-parameter", ["sku"]),
    "a product that does not exist": ({"sku": "MUG-GONE"}, 404, "product-not-found", []),
    "no units": ({"units": 0}, 422, "invalid-body", ["received"]),
    "fewer than no units": ({"units": -1}, 422, "invalid-body", ["received"]),
    "units beyond reason": ({"units": 1_000_001}, 422, "invalid-body", ["received"]),
    "units of text": ({"units": "5"}, 422, "invalid-body", ["received"]),
    "half a unit": ({"units": 0.5}, 422, "invalid-body", ["received"]),
    "no number of units": ({"body": {}}, 422, "invalid-body", ["received"]),
    "units of null": ({"body": {"received": None}}, 422, "invalid-body", ["received"]),
    "an unknown field": ({"body": {"received": 5, "shipped": 1}}, 422, "invalid-body", ["shipped"]),
    "not JSON": ({"body": "received=5"}, 400, "malformed-body", []),
    "an empty body": ({"body": ""}, 400, "malformed-body", []),
}
bad = pytest.mark.parametrize(("sent", "status", "kind", "fields"), BAD.values(), ids=BAD)


@bad
def test_bad_receipt_is_refused_with_its_problem_and_field(
    unstocked_shop: World, sent: dict[str, Any], status: int, kind: str, fields: list[str]
) -> None:
    refused = receive(unstocked_shop, **sent)
    assert (refused.status, kind_of(refused), fields_of(refused)) == (status, kind, fields)


@bad
def test_bad_receipt_writes_nothing(
    unstocked_shop: World, sent: dict[str, Any], status: int, kind: str, fields: list[str]
) -> None:
    before = unstocked_shop.items()
    receive(unstocked_shop, **sent)
    assert unstocked_shop.items() == before


def test_contention_over_a_receipt_is_answered_as_busy(unstocked_shop: World, calls: AwsCalls) -> None:
    calls.always("TransactWriteItems", contended)
    busy = receive(unstocked_shop)
    assert (busy.status, kind_of(busy)) == (503, "busy")


def test_contention_over_a_product_is_not_taken_for_a_missing_product(
    unstocked_shop: World, calls: AwsCalls
) -> None:
    calls.always("TransactWriteItems", cancelled("TransactionConflict", None, None))
    assert receive(unstocked_shop).status == 503


def test_receipt_refused_as_busy_counts_on_the_next_request(unstocked_shop: World, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", contended, times=CONFLICT_ATTEMPTS)
    assert [receive(unstocked_shop).status for _ in range(2)] == [503, 200]


# -- the table moves stock as the domain does ------------------------------------------------------------


def moved_in_the_table(world: World, sku: Sku, movement: Movement, units: int) -> bool:
    """Move units in the table; returns whether the condition of the write held."""
    try:
        moved = move_stock_line(hold(sku, units), movement, now(), Guard.ENTRY_ENOUGH)
        world.table.transact({"stock": moved})
    except TransactionCancelled as raised:
        return not raised.failed("stock")
    return True


movements = st.lists(
    st.tuples(st.sampled_from([RECEIVE, WRITE_OFF, FIND, HOLD, RELEASE, SHIP]), st.integers(1, 5)),
    min_size=1,
    max_size=8,
)


@pytest.mark.slow
def test_table_moves_stock_exactly_as_the_domain_does(world: World) -> None:
    catalogue = Catalogue(world.table)
    skus = (Sku(f"SKU-{number}") for number in range(10_000))

    @settings(max_examples=30, deadline=None, print_blob=True)
    @given(movements)
    def every_sequence(sequence: list[tuple[Movement, int]]) -> None:
        sku = next(skus)
        expected = Stock(sku=sku)
        for movement, units in sequence:
            taken = moved_in_the_table(world, sku, movement, units)
            try:
                expected = expected.move(movement, units)
            except NotEnoughStock:
                assert not taken, (movement, units, expected)
            else:
                assert taken, (movement, units, expected)
            assert catalogue.stock(sku) == expected

    every_sequence()


@pytest.mark.parametrize("sent", ["key-1,key-1", "key-1, key-1", '""', ""])
def test_list_of_keys_or_an_empty_key_counts_nothing(unstocked_shop: World, sent: str) -> None:
    receive(unstocked_shop, 5)
    before = unstocked_shop.items()
    refused = receive(unstocked_shop, 5, key=sent)
    assert (refused.status, kind_of(refused)) == (400, "invalid-idempotency-key")
    assert unstocked_shop.items() == before
