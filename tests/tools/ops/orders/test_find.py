"""Finding orders: by what an index has, and by what only a read of the whole table finds."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from ops.documents.orders import FindDocument, ReadCost
from ops.table_scan import in_words
from ordering.domain.identity import customer_id
from ordering.domain.order import OrderId
from ordering.repositories.keys import order_keys
from tests.support.aws_calls import AwsCalls
from tests.support.orders import cancel, overwrite
from tests.support.recorded import ISSUER
from tests.support.world import World
from tests.tools.ops.deployed import Deployed

ALICE, BOB = customer_id(ISSUER, "alice"), customer_id(ISSUER, "bob")


def placed(world: World, subject: str) -> OrderId:
    return OrderId(world.place(subject=subject).body["orderId"])


@pytest.fixture
def orders(deployed: Deployed) -> dict[str, OrderId]:
    """Three orders of alice's, placed a day apart, and one of bob's."""
    world = deployed.world.stocked()
    found = {name: placed(world, "alice") for name in ("first", "second", "third")}
    for day, order_id in enumerate(found.values(), start=1):
        at = f"2026-11-0{day}T12:00:00.000Z"
        overwrite(world, order_keys.order(order_id), createdAt=at, GSI1SK=f"ORDER#{at}#{order_id}")
    cancel(world, found["second"])
    return found | {"bob's": placed(world, "bob")}


def find(deployed: Deployed, *options: str) -> FindDocument:
    ran = deployed.ops("find", *options, "--json")
    assert ran.status == 0, ran.err
    return msgspec.json.decode(ran.out, type=FindDocument)


def ids(document: FindDocument) -> list[str]:
    return [order.order_id for order in document.orders]


# -- by an index -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_orders_of_a_customer_are_listed_by_the_index(
    deployed: Deployed, orders: dict[str, OrderId], calls: AwsCalls
) -> None:
    document = find(deployed, "--customer", ALICE)
    assert ids(document) == [orders["third"], orders["second"], orders["first"]]
    assert (document.next, document.read, document.customers) == (None, None, None)
    assert calls.made("Scan") == []


@pytest.mark.slow
def test_list_of_a_customer_is_continued_by_its_cursor(
    deployed: Deployed, orders: dict[str, OrderId]
) -> None:
    first = find(deployed, "--customer", ALICE, "--limit", "2")
    assert ids(first) == [orders["third"], orders["second"]]
    assert first.next
    second = find(deployed, "--customer", ALICE, "--limit", "2", "--cursor", first.next)
    assert (ids(second), second.next) == ([orders["first"]], None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("--status", "CANCELLING"), ["second"]),
        (("--status", "cancelling"), ["second"]),
        (("--placed-after", "2026-11-01T12:00:00Z"), ["third", "second"]),
        (("--placed-before", "2026-11-02T12:00:00+00:00"), ["first"]),
        (("--placed-after", "2026-11-02T00:00:00Z", "--placed-before", "2026-11-03T00:00:00Z"), ["second"]),
        (("--placed-after", "2026-11-04T00:00:00Z", "--placed-before", "2026-11-03T00:00:00Z"), []),
    ],
    ids=str,
)
def test_all_conditions_must_hold(
    deployed: Deployed,
    orders: dict[str, OrderId],
    calls: AwsCalls,
    options: tuple[str, ...],
    names: list[str],
) -> None:
    wanted = [orders[name] for name in names]
    assert ids(find(deployed, "--customer", ALICE, *options)) == wanted
    by_scan = find(deployed, *options)
    assert [each for each in ids(by_scan) if each != orders["bob's"]] == wanted


@pytest.mark.slow
def test_part_of_an_id_is_found_in_the_list_of_a_customer(
    deployed: Deployed, orders: dict[str, OrderId]
) -> None:
    part = orders["first"][-12:].upper()
    assert ids(find(deployed, "--customer", ALICE, "--id", part)) == [orders["first"]]
    assert ids(find(deployed, "--customer", BOB, "--id", part)) == []


@pytest.mark.slow
def test_cursor_within_a_page_of_a_customer_skips_and_repeats_nothing(
    deployed: Deployed, orders: dict[str, OrderId]
) -> None:
    """Every id of a version has its digit in the same place: the part matches each of them."""
    found: list[str] = []
    cursor: str | None = None
    for _ in range(4):
        more = ("--cursor", cursor) if cursor else ()
        page = find(deployed, "--customer", ALICE, "--id", orders["first"][:4], "--limit", "1", *more)
        found += ids(page)
        cursor = page.next
        if cursor is None:
            break
    assert found == [orders["third"], orders["second"], orders["first"]]


@pytest.mark.slow
def test_whole_id_is_read_without_a_scan(
    deployed: Deployed, orders: dict[str, OrderId], calls: AwsCalls
) -> None:
    assert ids(find(deployed, "--id", orders["first"])) == [orders["first"]]
    assert ids(find(deployed, "--id", orders["first"], "--status", "FULFILLED")) == []
    assert calls.made("Scan") == []


# -- by a read of the whole table --------------------------------------------------------------------------


@pytest.mark.slow
def test_part_of_an_id_is_found_in_the_whole_table(
    deployed: Deployed, orders: dict[str, OrderId], calls: AwsCalls
) -> None:
    document = find(deployed, "--id", orders["bob's"][-12:])
    assert ids(document) == [orders["bob's"]]
    assert document.orders[0].customer_id == BOB
    assert document.read
    assert (document.read.pages, document.read.items) == (1, len(deployed.world.items()))


@pytest.mark.slow
def test_customers_are_found_by_their_e_mail_address(
    deployed: Deployed, orders: dict[str, OrderId], calls: AwsCalls
) -> None:
    deployed.world.with_profile("ada@example.com")
    deployed.world.with_profile("bob@example.com", subject="bob")
    document = find(deployed, "--email", "ada@example.com")
    assert document.customers == [ALICE]
    assert ids(document) == [orders["third"], orders["second"], orders["first"]]
    ran = deployed.ops("find", "--email", "ada@example.com", "--status", "CANCELLING")
    assert f"1 customer with this e-mail address, and the newest 20 orders of each\n  {ALICE}" in ran.out
    assert orders["second"] in ran.out
    assert orders["third"] not in ran.out
    assert "ada@" not in ran.out


@pytest.mark.slow
def test_cost_of_a_scan_is_printed(deployed: Deployed, orders: dict[str, OrderId], calls: AwsCalls) -> None:
    ran = deployed.ops("find", "--status", "PENDING")
    (scanned,) = calls.made("Scan")
    assert scanned["ReturnConsumedCapacity"] == "TOTAL"
    assert f"read 1 MB at most, {len(deployed.world.items())} items, " in ran.out
    assert "read units, less than 0.0001 USD" in ran.out


def test_cost_of_a_hundred_full_pages_is_two_tenths_of_a_cent() -> None:
    """A hundred full pages: half a unit for each four kilobytes of a megabyte."""
    assert in_words(ReadCost(100, 250_000, 12_800.0)) == (
        "100 MB at most, 250,000 items, 12,800.0 read units, 0.0018 USD"
    )


def in_pages_of(items: int) -> Callable[[Any, Any], Any]:
    """A scan whose pages end early; on AWS each ends after a megabyte."""

    def turn(parameters: Any, send: Any) -> Any:
        parameters["Limit"] = items
        return send()

    return turn


@pytest.mark.slow
def test_scan_stops_at_its_bound_and_is_continued(
    deployed: Deployed, orders: dict[str, OrderId], calls: AwsCalls, slept: list[float]
) -> None:
    calls.always("Scan", in_pages_of(3))
    ran = deployed.ops("find", "--status", "PENDING", "--megabytes", "2")
    assert "the search stopped after 2 MB: repeat it with --cursor " in ran.out
    assert slept == [0.25]
    found: list[str] = []
    cursor: str | None = None
    for _ in range(20):
        more = ("--cursor", cursor) if cursor else ()
        page = find(deployed, "--status", "PENDING", "--megabytes", "2", *more)
        found += ids(page)
        assert page.read
        assert page.read.pages <= 2
        cursor = page.next
        if cursor is None:
            break
    assert sorted(found) == sorted(orders[name] for name in ("first", "third", "bob's"))


@pytest.mark.slow
def test_scan_that_finds_enough_is_continued_behind_the_last_one(
    deployed: Deployed, orders: dict[str, OrderId], calls: AwsCalls
) -> None:
    found: list[str] = []
    cursor: str | None = None
    for _ in range(5):
        more = ("--cursor", cursor) if cursor else ()
        page = find(deployed, "--placed-after", "2020-01-01T00:00:00Z", "--limit", "1", *more)
        found += ids(page)
        cursor = page.next
        if cursor is None:
            break
    assert sorted(found) == sorted(orders.values())


@pytest.mark.slow
def test_order_that_cannot_be_read_is_named_and_hides_no_other(
    deployed: Deployed, orders: dict[str, OrderId], calls: AwsCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE")
    overwrite(deployed.world, order_keys.order(orders["first"]), total="a lot")
    for options in (("--customer", ALICE), ("--placed-before", "2026-11-04T00:00:00Z")):
        document = find(deployed, *options)
        assert ids(document) == [orders["third"], orders["second"]]
        assert document.unreadable == [orders["first"]]
    assert f"{orders['first']} cannot be read; `show` prints" in deployed.ops("find", "--customer", ALICE).out


# -- wrong usage -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ((), "name what to find"),
        (("--customer", ALICE, "--email", "a@example.com"), "give either --customer or --email"),
        (("--email", "ada"), "--email needs one whole address"),
        (("--id", "abc"), "--id needs 4 characters or more"),
        (("--status", "LOST"), "LOST"),
        (("--placed-after", "yesterday"), "yesterday is not a time"),
        (("--customer", ALICE, "--cursor", "e30"), "it is not the cursor of this search"),
        (("--customer", ALICE, "--cursor", "!"), "it is not the cursor of this search"),
        (("--status", "PENDING", "--cursor", "eyJjdXN0b21lciI6WyIxIiwiMiJdfQ"), "not the cursor of this"),
    ],
    ids=str,
)
def test_search_that_is_not_clear_is_wrong_usage(
    deployed: Deployed, options: tuple[str, ...], why: str
) -> None:
    ran = deployed.ops("find", *options)
    assert ran.status == 2
    assert why in ran.err
