"""What the page says about the guarantees, by the books of a shop in memory."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from console.books.violation import Violation
from local.breaking import guarantees
from local.breaking.book_copy import BookCopy, ItemChange
from local.breaking.guarantees import Books, Judgement, violations_of_placed
from local.breaking.orders_placed import Placed
from local.breaking.provider_records import keys_of
from ordering.repositories.keys import order_keys, product_keys
from tests.support.orders import WAYS, follow, overwrite
from tests.support.world import World

Item = dict[str, Any]


class ComparedCopy(BookCopy):
    """A copy that compares the items in place of reading a stream."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._streamed = False
        self.partitions = {}

    def changes(self) -> Iterator[ItemChange]:
        """Yield what has changed since the last call."""
        items = {(item["PK"], item["SK"]): item for item in self._world.items()}
        known = {(partition, each) for partition, found in self.partitions.items() for each in found}
        for key in sorted(items.keys() | known):
            partition, sort_key = key
            if items.get(key) != self.partitions.get(partition, {}).get(sort_key):
                yield self._apply(partition, sort_key, items.get(key), streamed=self._streamed)
        self._streamed = True


class Watched:
    """A shop, and the books as they were read last."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.books = Books(ComparedCopy(world))
        self.placed: list[Placed] = []

    def read(self, *more: Violation) -> dict[int, Judgement]:
        """Read once; returns the guarantees by their numbers."""
        to_read = self.books.take_changes()
        records: dict[str, list[Item]] = {order_id: [] for order_id in to_read}
        owners = {key: order_id for order_id in to_read for key in keys_of(order_id)}
        for record in self.world.provider_records():
            if order_id := owners.get(record["PK"]):
                records[order_id].append(record)
        self.books.take_records(records, to_read)
        placed = violations_of_placed(self.placed, self.books, customer_id="nobody", keys_used=0)
        self.books.confirm([*placed, *more])
        return {each.number: each for each in self.books.judge(self.placed, 0)}

    def settled(self) -> dict[int, Judgement]:
        """Read twice, so that what is wrong has been confirmed."""
        self.read()
        return self.read()


@pytest.fixture
def shop(world: World) -> Watched:
    return Watched(world.stocked(units=100))


def states(judged: Mapping[int, Judgement]) -> dict[int, str]:
    """The guarantees that are not kept, with their states."""
    return {number: each.state for number, each in judged.items() if each.state != "kept"}


def fulfilled(world: World) -> str:
    order_id = world.place_order()
    follow(world, order_id, *WAYS["fulfilled"])
    return order_id


def publish_all(books: Books) -> None:
    books.take_published(list(books.unpublished))


@pytest.mark.slow
def test_sound_shop_keeps_every_guarantee(shop: Watched) -> None:
    fulfilled(shop.world)
    assert states(shop.settled()) == {}
    assert shop.read()[4].checked == 1


@pytest.mark.slow
def test_order_that_has_not_ended_is_waiting_at_every_point_of_its_way(shop: Watched) -> None:
    for point, way in WAYS.items():
        follow(shop.world, shop.world.place_order(), *way)
        judged = shop.settled()
        publish_all(shop.books)
        open_orders = len(shop.books.orders) - (point == "fulfilled")
        assert states(judged).get(4) == "waiting"
        assert judged[4].waiting == open_orders
        assert "broken" not in states(judged).values(), judged


@pytest.mark.slow
def test_event_is_waited_for_until_it_is_published(shop: Watched) -> None:
    shop.read()
    fulfilled(shop.world)
    judged = shop.read()
    assert states(judged) == {5: "waiting"}
    assert judged[5].waiting >= 3
    publish_all(shop.books)
    judged = shop.read()
    assert states(judged) == {}
    assert judged[5].checked >= 3


@pytest.mark.slow
def test_event_that_is_never_published_breaks_guarantee_5(
    shop: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarantees, "_LOST_AFTER_SECONDS", -1.0)
    shop.read()
    fulfilled(shop.world)
    assert states(shop.settled()) == {5: "broken"}


@pytest.mark.slow
def test_what_looks_wrong_once_is_not_shown(shop: Watched) -> None:
    """The changes of one transaction may arrive in two readings."""
    order_id = fulfilled(shop.world)
    shop.read()
    reservation = order_keys.reservation(order_id)
    overwrite(shop.world, reservation, status="HELD")
    assert states(shop.read()) == {}
    overwrite(shop.world, reservation, status="COMMITTED")
    assert states(shop.read()) == {}


def test_figure_that_moves_while_it_looks_wrong_is_not_shown(shop: Watched) -> None:
    stock = product_keys.stock(
        next(iter({each["sku"] for each in shop.world.items() if each["SK"] == product_keys.STOCK}))
    )
    shop.read()
    for available in (101, 102, 103):
        overwrite(shop.world, stock, available=available)
        assert states(shop.read()) == {}
    assert states(shop.read()) == {2: "broken"}


@pytest.mark.parametrize(
    ("sort_key", "attribute", "value", "broken"),
    [
        (order_keys.RESERVATION, "status", "HELD", 2),
        (order_keys.SHIPMENT, "status", "CANCELLED", 3),
        (order_keys.ORDER, "GSI2PK", order_keys.open_shard(0), 4),
        (order_keys.ORDER, "version", 9, 5),
        (order_keys.ORDER, "GSI1PK", "CUSTOMER#another", 6),
        (order_keys.ORDER, "subtotal", 1, 7),
    ],
)
def test_damage_of_an_order_breaks_its_guarantee(
    shop: Watched, sort_key: str, attribute: str, value: object, broken: int
) -> None:
    order_id = fulfilled(shop.world)
    overwrite(shop.world, {"PK": order_keys.order_partition(order_id), "SK": sort_key}, **{attribute: value})
    assert states(shop.settled())[broken] == "broken"


def test_money_that_was_not_captured_at_the_provider_breaks_guarantee_3(shop: Watched) -> None:
    fulfilled(shop.world)
    (payment,) = (each for each in shop.world.provider_records() if each["PK"].startswith("PAYMENT#"))
    shop.world.provider_table.put(payment | {"captured": 0}, condition="attribute_exists(PK)")
    judged = shop.settled()
    assert states(judged) == {3: "broken"}
    assert "is fulfilled and not paid" in judged[3].findings[0]


def test_charge_that_no_ledger_knows_breaks_guarantee_3(shop: Watched) -> None:
    """The second attempt has an id that follows from the order's, so its record is found."""
    order_id = fulfilled(shop.world)
    (payment,) = (each for each in shop.world.provider_records() if each["PK"].startswith("PAYMENT#"))
    second = list(keys_of(order_id))[-1]
    assert states(shop.settled()) == {}
    again = payment | {"PK": second, "key": f"{order_id}/2"}
    shop.world.provider_table.put(again, condition="attribute_not_exists(PK)")
    # The order has ended, and nothing of it changes in the table.
    assert states(shop.settled()) == {3: "broken"}


@pytest.mark.slow
def test_two_orders_for_one_key_break_guarantee_1(shop: Watched) -> None:
    ids = {fulfilled(shop.world), fulfilled(shop.world)}
    shop.placed.append(Placed(ids, total=2500, requests=2))
    assert states(shop.settled()) == {1: "broken"}


def test_accepted_order_that_is_not_in_the_table_breaks_guarantee_4(shop: Watched) -> None:
    shop.placed.append(Placed({"67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc"}, total=1, requests=1))
    judged = shop.settled()
    assert states(judged) == {4: "broken"}
    assert "was accepted, and is not in the table" in judged[4].findings[0]


@pytest.mark.slow
def test_total_that_was_not_agreed_to_breaks_guarantee_7(shop: Watched) -> None:
    shop.placed.append(Placed({fulfilled(shop.world)}, total=2499, requests=1))
    assert states(shop.settled()) == {7: "broken"}


@pytest.mark.slow
def test_more_orders_than_keys_break_guarantee_1(shop: Watched) -> None:
    order_id = fulfilled(shop.world)
    shop.read()
    customer = shop.books.orders[order_id].customer_id
    found = list(violations_of_placed([], shop.books, customer_id=customer, keys_used=0))
    assert [each.guarantee for each in found] == [1]
    assert not list(violations_of_placed([], shop.books, customer_id=customer, keys_used=1))


def test_order_that_a_stranger_has_seen_breaks_guarantee_6(shop: Watched) -> None:
    seen = Violation(6, "order 1", "was shown to a stranger")
    shop.read(seen)
    assert states(shop.read(seen)) == {6: "broken"}
