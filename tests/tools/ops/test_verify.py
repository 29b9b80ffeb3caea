"""`verify`: what breaks a guarantee in a table is found, and a sound table has no finding.

The invariants of the test suite (`tests.support.invariants`) and those of the product are written apart. They
are compared here: every small damage of a table that the tests would notice is noticed by the product.
"""

import copy
from collections.abc import Iterator
from enum import StrEnum
from itertools import groupby
from typing import Any

import msgspec
import pytest

from console.books.orders import violations_of_order
from console.books.products import violations_of_product
from console.books.stock import StockSums
from console.books.violation import Violation
from ops.documents.verification import VerifyDocument
from ops.table_scan import TableScan
from ops.verify import read
from ordering.domain.clock import ago, now
from ordering.domain.money import Price
from ordering.domain.order import OrderId, Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.product import ProductFacts, Sku
from ordering.domain.refund import RefundStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import ReservationStatus
from ordering.providers.sandbox_payments import connect
from ordering.repositories import keys
from ordering.repositories.catalogue import Catalogue
from ordering.repositories.keys import order_keys, product_keys
from ordering.repositories.refunds import Refunds
from ordering.saga.payments import make_refund
from tests.support import invariants
from tests.support.aws_calls import AwsCalls, fails, recorded_calls
from tests.support.builders import NOON
from tests.support.orders import WAYS, an_order, cancel_to_the_end, follow, overwrite, request_refund
from tests.support.tables import dynamodb
from tests.support.world import World
from tests.tools.ops.deployed import Deployed

Item = dict[str, Any]


def judged(items: list[Item]) -> list[Violation]:
    """What the product finds in these items of a table."""
    sums = StockSums()
    found: list[Violation] = []
    for item in items:
        sums.add(item)
        found += violations_of_product(item)
    in_order = sorted(items, key=lambda item: (item["PK"], item["SK"]))
    for partition, members in groupby(in_order, lambda item: item["PK"]):
        if order_keys.order_of_partition(partition):
            found += violations_of_order(list(members))
    return [*found, *sums.unreadable, *(violation for _, violation in sums.violations())]


def shop(world: World) -> World:
    """A shop with an order at every point of its way, and one of each end, refunded ones among them."""
    world.stocked(units=100)
    for way in WAYS.values():
        follow(world, world.place_order(), *way)
    cancelled = world.place_order()
    follow(world, cancelled, *WAYS["captured"])
    cancel_to_the_end(world, cancelled)
    rejected = world.place_order(token="tok_declined")
    follow(world, rejected, "reserve_stock", "authorise_payment", "reject_order", "void_or_refund_payment")
    follow(world, rejected, "release_stock", "close_order")
    assert world.details(rejected).order.status is Status.REJECTED
    for refunds in (1, 2):
        fulfilled = world.place_order()
        follow(world, fulfilled, *WAYS["fulfilled"])
        assert request_refund(world, fulfilled)
        if refunds == 1:
            details, ledger = world.details(fulfilled), Refunds(world.table)
            assert make_refund(ledger, connect(None), details)
    return world


# -- the same invariants as the tests' ---------------------------------------------------------------------


class Tables:
    """A table's items, and the records of the providers."""

    def __init__(self, items: list[Item], records: list[Item]) -> None:
        self.items = lambda: items
        self.provider_records = lambda: records


# The records of the providers are not in the table, so the product does not read them.
_OF_PROVIDERS = ("provider", "carrier")


def noticed_by_the_tests(items: list[Item], records: list[Item]) -> set[int]:
    """The guarantees that the invariants of the test suite say are broken, by the table alone."""
    found = invariants.violations(Tables(items, records), ended=False)
    return {int(each[0]) for each in found if not any(word in each for word in _OF_PROVIDERS)}


_STATUSES: dict[str, type[StrEnum]] = {
    order_keys.ORDER: Status,
    order_keys.RESERVATION: ReservationStatus,
    order_keys.SHIPMENT: ShipmentStatus,
    order_keys.PAYMENT_PREFIX: PaymentStatus,
    order_keys.REFUND: RefundStatus,
}
# No guarantee depends on these: a counter of writes, and notes about driving an order.
_WITHOUT_MEANING = {"version", "attempts", "schemaVersion", "attempt"}


def damages(items: list[Item]) -> Iterator[tuple[str, list[Item]]]:
    """Every small damage of a table: a number off by one, another status, a lost or added index entry."""
    for index, item in enumerate(items):
        for name, value in _damaged_attributes(item):
            damaged = copy.deepcopy(items)
            if value is None:
                del damaged[index][name]
            else:
                damaged[index][name] = value
            yield f"{item['PK']}/{item['SK']}: {name} is {value}, was {item.get(name)}", damaged


def _damaged_attributes(item: Item) -> Iterator[tuple[str, Any]]:
    for name, value in item.items():
        if isinstance(value, int) and name not in _WITHOUT_MEANING:
            yield name, value + 1
            if value:
                yield name, value - 1
        if isinstance(value, list) and value and isinstance(value[0], dict) and "quantity" in value[0]:
            yield name, [value[0] | {"quantity": value[0]["quantity"] + 1}, *value[1:]]
    for prefix, statuses in _STATUSES.items():
        if item["SK"].startswith(prefix):
            yield from (("status", str(each)) for each in statuses if each != item["status"])
            if "GSI2PK" in item:
                yield "GSI2PK", None
            elif item["SK"] in (order_keys.ORDER, order_keys.REFUND) or prefix == order_keys.PAYMENT_PREFIX:
                yield "GSI2PK", order_keys.open_shard(0)


@pytest.mark.slow
def test_every_damage_that_the_tests_notice_is_found(world: World) -> None:
    """Guarantees 2 to 5."""
    shop(world)
    items, records = world.items(), world.provider_records()
    assert noticed_by_the_tests(items, records) == set()
    noticed: set[int] = set()
    tried = 0
    for damage, damaged in damages(items):
        tried += 1
        by_tests = noticed_by_the_tests(damaged, records)
        by_us = {violation.guarantee for violation in judged(damaged)}
        # An item that cannot be read is judged by no guarantee, and is a finding all the same.
        assert by_tests <= by_us or None in by_us, damage
        noticed |= by_tests
    assert tried > 100
    assert noticed == {2, 3, 4, 5}


@pytest.mark.slow
def test_sound_shop_breaks_no_guarantee(world: World) -> None:
    assert judged(shop(world).items()) == []


# -- what only the product looks at ------------------------------------------------------------------------


def found_by(world: World) -> dict[int | None, str]:
    """guarantee → a finding."""
    return {each.guarantee: each.what for each in judged(world.items())}


def test_order_that_its_customer_does_not_find_is_reported(world: World) -> None:
    """Guarantee 6: a list of orders is read from the index."""
    order_id = an_order(world)
    overwrite(world, order_keys.order(order_id), GSI1PK="CUSTOMER#another")
    assert found_by(world) == {6: "the index of its customer's orders does not list it"}


def test_total_that_is_not_the_sum_of_the_lines_is_reported(world: World) -> None:
    """Guarantee 7."""
    order_id = an_order(world)
    overwrite(world, order_keys.order(order_id), total=1, subtotal=1)
    assert found_by(world) == {7: "its lines cost 2500, and its total is 1"}


def test_items_without_their_order_are_reported(world: World) -> None:
    order_id = an_order(world, "fulfilled")
    world.table.delete(order_keys.order(order_id))
    assert found_by(world)[None] == "its order is missing"


def test_stock_of_a_product_that_is_missing_is_reported(world: World) -> None:
    world.stocked()
    world.table.delete(product_keys.stock(Sku("MUG-RED")))
    assert "it is missing" in found_by(world)[2]


def test_stock_in_shards_is_the_sum_of_its_shards(world: World) -> None:
    """Guarantee 2."""
    world.stocked(units=8, shards=4)
    world.step("reserve_stock", world.place_order(("MUG-RED", 7)))
    assert found_by(world) == {}
    overwrite(world, product_keys.stock(Sku("MUG-RED"), 3), available=5)
    assert "its figures do not add up" in found_by(world)[2]


def test_shard_that_its_stock_does_not_count_is_reported(world: World) -> None:
    """Guarantee 2. No order would find its units."""
    world.stocked(units=8, shards=4)
    overwrite(world, product_keys.stock(Sku("MUG-RED")), shards=2)
    assert "it is not found, because the stock has 2 shards" in found_by(world)[2]


@pytest.mark.parametrize(
    "entries",
    [
        product_keys.in_catalogue(Sku("MUG")),
        product_keys.in_category(Sku("MUG"), "mugs"),
        product_keys.in_category(Sku("MUG"), "pots", active=False),
    ],
    ids=["active", "active in its category", "another category"],
)
def test_product_in_another_list_is_reported(world: World, entries: keys.Key) -> None:
    product = ProductFacts(name="Mug", price=Price(amount=1, currency="EUR"), category="mugs", active=False)
    Catalogue(world.table).put(Sku("MUG"), product, at=NOON, expected=None)
    assert found_by(world) == {}
    overwrite(world, product_keys.product(Sku("MUG")), **entries)
    assert "the lists of the catalogue do not have it" in found_by(world)[None]


def test_unreadable_product_is_reported(world: World) -> None:
    world.stocked()
    overwrite(world, product_keys.product(Sku("MUG-RED")), attributes="{")
    assert found_by(world) == {None: "it is not a valid product"}


def test_unreadable_item_is_a_finding_without_its_content(world: World) -> None:
    order_id = an_order(world, token="tok_secret")
    overwrite(world, order_keys.order(order_id), lines="tok_secret")
    (found,) = judged(world.items())
    assert found == Violation(None, keys.text(order_keys.order(order_id)), "it is not a valid Order")


# -- the command -------------------------------------------------------------------------------------------


@pytest.fixture
def set_up(deployed: Deployed) -> Deployed:
    """A stage whose table is set up as it is deployed."""
    set_up_table(deployed.outputs["TableName"])
    return deployed


def placed(world: World, point: str) -> OrderId:
    """An order at a point of its way, in the table as it is set up."""
    order_id = world.stocked().place_order()
    follow(world, order_id, *WAYS[point])
    return order_id


def set_up_table(name: str) -> None:
    """What a restore leaves out."""
    client = dynamodb()
    client.update_table(
        TableName=name,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    client.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiresAt"}
    )
    client.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )


def verify(deployed: Deployed, *options: str) -> tuple[int, VerifyDocument]:
    ran = deployed.ops("verify", *options, "--json")
    assert not ran.err, ran.err
    return ran.status, msgspec.json.decode(ran.out, type=VerifyDocument)


@pytest.mark.slow
def test_sound_table_has_exit_status_0(set_up: Deployed) -> None:
    placed(set_up.world, "fulfilled")
    status, document = verify(set_up)
    assert (status, document.verdict, document.findings, document.failures) == (0, "sound", [], [])
    assert (document.orders, document.products, document.unjudged) == (1, 1, [])
    assert "The table keeps the guarantees." in set_up.ops("verify").out


@pytest.mark.slow
def test_broken_table_has_exit_status_1_and_names_the_item(set_up: Deployed) -> None:
    order_id = placed(set_up.world, "confirmed")
    overwrite(set_up.world, order_keys.payment(order_id, 1), amount=1)
    status, document = verify(set_up)
    assert (status, document.verdict) == (1, "broken")
    (finding,) = document.findings
    assert (finding.guarantee, finding.item) == (3, keys.text(order_keys.order(order_id)))
    ran = set_up.ops("verify")
    assert (ran.status, "guarantee 3: payment 1 is of 1 EUR" in ran.out) == (1, True)


def test_table_that_cannot_be_read_has_exit_status_2(set_up: Deployed, calls: AwsCalls) -> None:
    calls.always("Scan", fails("AccessDeniedException"))
    ran = set_up.ops("verify", "--json")
    document = msgspec.json.decode(ran.out, type=VerifyDocument)
    assert (ran.status, document.verdict, document.orders, document.read) == (2, "unknown", None, None)
    assert [failure.part for failure in document.failures] == ["items"]


@pytest.mark.slow
def test_command_writes_nothing(set_up: Deployed) -> None:
    order_id = placed(set_up.world, "confirmed")
    overwrite(set_up.world, order_keys.payment(order_id, 1), amount=1)
    with recorded_calls() as calls:
        verify(set_up)
    reads = ("Scan", "Query", "DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups")
    for operation in ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"):
        assert calls.made(operation) == []
    assert all(calls.made(operation) for operation in reads)


@pytest.mark.slow
def test_restored_table_that_is_not_set_up_is_reported_with_the_commands(deployed: Deployed) -> None:
    """ "You must manually set up the following" (Restore a table in DynamoDB)."""
    an_order(deployed.world, "fulfilled")
    client = dynamodb()
    name = deployed.outputs["TableName"]
    client.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    client.restore_table_to_point_in_time(
        SourceTableName=name, TargetTableName="orders-restored", UseLatestRestorableTime=True
    )
    status, document = verify(deployed, "--table", "orders-restored")
    assert (status, document.table) == (1, "orders-restored")
    said = "\n".join(finding.what for finding in document.findings if finding.item == "orders-restored")
    for missing in ("stream is off", "time to live is off", "point-in-time recovery is off"):
        assert missing in said
    assert "aws dynamodb update-table --table-name orders-restored --stream-specification" in said
    set_up_table("orders-restored")
    _, again = verify(deployed, "--table", "orders-restored")
    assert "aws dynamodb" not in "\n".join(finding.what for finding in again.findings)


def test_table_without_the_index_of_categories_is_reported_with_the_command(set_up: Deployed) -> None:
    """A backup of the release before the index does not contain it."""
    name = set_up.outputs["TableName"]
    dynamodb().update_table(
        TableName=name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": keys.CATEGORIES}}]
    )
    status, document = verify(set_up)
    (finding,) = document.findings
    assert status == 1
    assert "its index GSI3 is missing or not active: no category can be listed" in finding.what
    assert f"aws dynamodb update-table --table-name {name} --attribute-definitions" in finding.what
    assert "Create={IndexName=GSI3,KeySchema=[{AttributeName=GSI3PK,KeyType=HASH}" in finding.what


# -- a table that is in use --------------------------------------------------------------------------------


@pytest.mark.slow
def test_order_that_was_judged_in_two_parts_is_read_again(
    set_up: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing promises that a scan returns a partition in one piece."""
    order_id = placed(set_up.world, "fulfilled")
    whole = TableScan.items

    def in_pieces(scan: Any, wanted: Any, progress: Any) -> Iterator[list[Item]]:
        for page in whole(scan, wanted, progress):
            yield from ([item] for item in sorted(page, key=lambda item: str(item["SK"])))

    monkeypatch.setattr(TableScan, "items", in_pieces)
    status, document = verify(set_up)
    assert (status, document.findings) == (0, []), order_id


@pytest.mark.parametrize(("changed", "status"), [(0, 0), (60, 1)], ids=["meanwhile", "an hour ago"])
def test_sums_of_a_product_are_judged_only_if_it_did_not_change_meanwhile(
    changed: int, status: int, set_up: Deployed
) -> None:
    set_up.world.stocked()
    at = ago(minutes=changed) if changed else now()
    overwrite(set_up.world, product_keys.stock(Sku("MUG-RED")), available=7, held=3, updatedAt=at)
    found, document = verify(set_up)
    assert found == status
    assert document.unjudged == ([] if changed else ["MUG-RED"])


def test_sums_are_not_judged_if_one_of_the_shards_changed_meanwhile(set_up: Deployed) -> None:
    set_up.world.stocked(units=8, shards=2)
    for shard in range(2):
        overwrite(set_up.world, product_keys.stock(Sku("MUG-RED"), shard), updatedAt=ago(minutes=60))
    overwrite(set_up.world, product_keys.stock(Sku("MUG-RED"), 1), available=7, updatedAt=now())
    found, document = verify(set_up)
    assert (found, document.unjudged) == (0, ["MUG-RED"])


@pytest.mark.slow
def test_read_stops_after_so_many_findings(set_up: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MOST_FINDINGS", 2)
    world = set_up.world.stocked(units=100)
    for _ in range(4):
        order_id: OrderId = world.place_order()
        overwrite(world, order_keys.order(order_id), total=1, subtotal=1)
    status, document = verify(set_up)
    assert (status, document.more, len(document.findings)) == (1, True, 2)
