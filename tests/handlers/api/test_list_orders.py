"""The lists of orders: GET /orders, and an administrator's three."""

import pytest

from ordering.domain.clock import ago, now
from ordering.domain.order import OrderId
from ordering.repositories.keys import order_keys
from tests.support.aws_calls import AwsCalls
from tests.support.orders import an_order, cancel, cancel_to_the_end, overwrite
from tests.support.refusals import fields_of, kind_of
from tests.support.snapshots import beginning_with
from tests.support.world import HandlerResponse, World

pytestmark = pytest.mark.usefixtures("cursor_secret")


@pytest.fixture
def shop(world: World) -> World:
    """Three orders of Alice's, the oldest of which is cancelled, and one of Bob's."""
    cancel_to_the_end(world, an_order(world))
    world.place_order()
    world.place_order()
    assert world.place(subject="bob").status == 202
    return world


def mine(world: World, subject: str = "alice", **query: str) -> HandlerResponse:
    return world.api("list_orders", "GET /orders", query=query or None, subject=subject)


def theirs(world: World, customer_id: str, **query: str) -> HandlerResponse:
    route = "GET /admin/customers/{customerId}/orders"
    return world.api("admin_list_orders", route, path={"customerId": customer_id}, query=query or None)


def open_orders(world: World, **query: str) -> HandlerResponse:
    return world.api("admin_list_open_orders", "GET /admin/orders", query=query or None)


def thirty_orders(world: World) -> list[OrderId]:
    world.stocked(units=0)
    return [world.place_order() for _ in range(30)]


def ids(page: HandlerResponse) -> list[str]:
    assert page.status == 200, page
    return [order["orderId"] for order in page.body["orders"]]


def all_of(world: World, **query: str) -> list[str]:
    """Returns the items of all pages, by following the cursors."""
    found, page = [], mine(world, **query)
    while True:
        found += ids(page)
        if not (cursor := page.body.get("next")):
            return found
        page = mine(world, **query, cursor=cursor)


# -- one's own ---------------------------------------------------------------------------------------------


def test_a_customer_lists_their_own_orders_newest_first(shop: World) -> None:
    page = mine(shop)
    times = [order["createdAt"] for order in page.body["orders"]]
    assert (len(times), times) == (3, sorted(times, reverse=True))
    assert len(ids(mine(shop, subject="bob"))) == 1
    assert ids(mine(shop, subject="carol")) == []


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["1", "2", "3", "100"])
def test_all_pages_together_hold_every_order_once(shop: World, limit: str) -> None:
    assert all_of(shop, limit=limit) == ids(mine(shop))


def test_orders_are_filtered_by_status(shop: World) -> None:
    cancelled = ids(mine(shop, status="CANCELLED"))
    assert len(cancelled) == 1
    assert sorted([*cancelled, *ids(mine(shop, status="PENDING"))]) == sorted(ids(mine(shop)))


def test_filter_matching_one_order_of_many_finds_it_over_the_pages(shop: World) -> None:
    assert all_of(shop, status="CANCELLED", limit="1") == ids(mine(shop, status="CANCELLED"))


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["1", "2"])
def test_order_of_a_rare_status_is_found_in_few_pages(world: World, limit: str) -> None:
    placed = beginning_with("thirty orders", lambda: thirty_orders(world))
    rare = [placed[0], placed[10], placed[11]]
    for order_id in rare:
        overwrite(world, order_keys.order(order_id), status="REJECTED")
    assert all_of(world, status="REJECTED", limit=limit) == [*reversed(rare)]
    first = mine(world, status="REJECTED", limit=limit)
    assert ids(first) == [*reversed(rare)][: int(limit)]


def test_orders_are_filtered_by_the_time_of_placing(shop: World) -> None:
    newest, middle, oldest = mine(shop).body["orders"]
    between = mine(shop, createdAfter=oldest["createdAt"], createdBefore=newest["createdAt"])
    assert ids(between) == [middle["orderId"]]


def test_filter_time_between_two_milliseconds_includes_the_earlier_one(shop: World) -> None:
    """Clients may send times of a higher resolution than an order's."""
    newest = mine(shop).body["orders"][0]
    finer = newest["createdAt"].replace("Z", "4Z")
    assert newest["orderId"] in ids(mine(shop, createdBefore=finer))
    assert newest["orderId"] not in ids(mine(shop, createdAfter=finer))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "1.5"),
        ("limit", ""),
        ("status", "pending"),
        ("createdAfter", "yesterday"),
        ("createdBefore", "2026-02-30T00:00:00Z"),
        ("cursor", "AAAA"),
        ("cursor", ""),
        ("sort", "oldest"),
    ],
)
def test_bad_list_parameter_is_refused_by_name(shop: World, name: str, value: str) -> None:
    answer = mine(shop, **{name: value})
    assert (answer.status, kind_of(answer), fields_of(answer)) == (400, "invalid-parameter", [name])


@pytest.mark.parametrize("name", ["createdAfter", "cursor", "limit", "status"])
def test_lone_surrogate_in_a_query_is_refused_by_parameter_name(shop: World, name: str) -> None:
    answer = mine(shop, **{name: "\ud800"})
    assert (answer.status, fields_of(answer)) == (400, [name])


def test_parameter_that_no_response_could_quote_is_refused(shop: World) -> None:
    assert fields_of(mine(shop, **{"\ud800": "1"})) == ["?"]
    assert fields_of(mine(shop, **{"x" * 5000: "1"})) == ["x" * 80]


def cursor_of(world: World, **query: str) -> str:
    cursor: str = mine(world, limit="1", **query).body["next"]
    return cursor


def test_cursor_does_not_reveal_the_key_it_points_at(shop: World) -> None:
    cursor = cursor_of(shop)
    assert all(order_id not in cursor for order_id in ids(mine(shop)))


def test_cursor_is_valid_only_for_its_caller_and_filters(shop: World) -> None:
    cursor = cursor_of(shop)
    assert fields_of(mine(shop, subject="bob", cursor=cursor)) == ["cursor"]
    assert fields_of(mine(shop, status="PENDING", cursor=cursor)) == ["cursor"]
    assert mine(shop, cursor=cursor).status == 200


def test_modified_cursor_is_refused(shop: World) -> None:
    cursor = cursor_of(shop)
    for place in range(len(cursor)):
        changed = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        assert fields_of(mine(shop, cursor=changed)) == ["cursor"], place


def test_page_reads_a_bounded_number_of_items(shop: World, calls: AwsCalls) -> None:
    """A request for a status that no order has must not read all orders."""
    mine(shop, status="REJECTED", limit="1")
    assert len(calls.made("Query")) <= 5
    assert calls.made("Scan") == []


# -- an administrator's --------------------------------------------------------------------------------------


def customer_of(world: World, order_id: str) -> str:
    return world.details(OrderId(order_id)).order.customer_id


def test_administrator_lists_the_orders_of_a_customer_like_the_customer(shop: World) -> None:
    listed = mine(shop, limit="2").body["orders"]
    page = theirs(shop, customer_of(shop, listed[0]["orderId"]), limit="2")
    assert page.body["orders"] == listed
    assert page.body["next"]


def test_malformed_customer_id_is_refused(shop: World) -> None:
    answer = theirs(shop, "alice")
    assert (answer.status, fields_of(answer)) == (400, ["customerId"])


def test_customer_without_orders_gets_an_empty_page(shop: World) -> None:
    assert ids(theirs(shop, "0" * 32)) == []


def test_administrator_reads_any_order_with_its_customer(shop: World) -> None:
    (order_id,) = ids(mine(shop, subject="bob"))
    route = "GET /admin/orders/{orderId}"
    answer = shop.api("admin_get_order", route, path={"orderId": order_id})
    assert (answer.status, answer.body["customerId"]) == (200, customer_of(shop, order_id))
    gone = shop.api("admin_get_order", route, path={"orderId": "01a1feb7-acd5-72c9-85e5-23b47f04003b"})
    assert kind_of(gone) == "order-not-found"


def stand_still(world: World, order_id: str, minutes: int) -> None:
    world.table.update(
        order_keys.order(OrderId(order_id)), "SET GSI2SK = :at", values={":at": ago(minutes=minutes)}
    )


def test_administrator_lists_stuck_orders_with_the_longest_open_first(shop: World) -> None:
    newer, older, closed = ids(mine(shop))
    stand_still(shop, newer, 20)
    stand_still(shop, older, 40)
    assert ids(open_orders(shop)) == [older, newer]
    assert ids(open_orders(shop, openForMinutes="30")) == [older]
    assert ids(open_orders(shop, limit="1")) == [older]
    assert closed not in ids(open_orders(shop, openForMinutes="0"))


def test_parked_order_is_not_listed_among_the_driven_orders(shop: World) -> None:
    parked, driven, _ = ids(mine(shop))
    overwrite(shop, order_keys.order(OrderId(parked)), **order_keys.parked_order(parked, ago(hours=1)))
    assert parked not in ids(open_orders(shop, openForMinutes="0"))
    assert driven in ids(open_orders(shop, openForMinutes="0"))


def test_administrator_lists_the_open_orders_with_a_status(shop: World) -> None:
    newer, older, _ = ids(mine(shop))
    (bobs,) = ids(mine(shop, subject="bob"))
    cancel(shop, OrderId(older))
    assert ids(open_orders(shop, openForMinutes="0", status="CANCELLING")) == [older]
    assert sorted(ids(open_orders(shop, openForMinutes="0", status="PENDING"))) == sorted([newer, bobs])
    assert ids(open_orders(shop, openForMinutes="0", status="REJECTING")) == []


@pytest.mark.parametrize("status", ["FULFILLED", "REJECTED", "CANCELLED"])
def test_final_status_is_refused_by_the_list_of_open_orders(world: World, status: str) -> None:
    refused = open_orders(world, status=status)
    assert (refused.status, fields_of(refused)) == (400, ["status"])


@pytest.fixture
def thirty_open(world: World) -> list[str]:
    """Thirty open orders without progress, longest first: three for each of ten milliseconds."""

    def bring() -> list[str]:
        placed = thirty_orders(world)
        for place, order_id in enumerate(placed):
            overwrite(world, order_keys.order(order_id), GSI2SK=f"2026-01-01T00:00:00.{place // 3:03}Z")
        return list(placed)

    return beginning_with("thirty orders that stand still", bring)


def all_open(world: World, **query: str) -> list[list[str]]:
    """Returns the pages of open orders, by following the cursors."""
    pages, page = [], open_orders(world, **query)
    while cursor := page.body.get("next"):
        pages.append(ids(page))
        page = open_orders(world, **query, cursor=cursor)
    return [*pages, ids(page)]


@pytest.mark.slow
@pytest.mark.parametrize("limit", [1, 2, 7, 29, 30, 31])
def test_all_pages_hold_every_open_order_once_with_the_longest_open_first(
    world: World, thirty_open: list[str], limit: int
) -> None:
    pages = all_open(world, limit=str(limit))
    found = [order_id for page in pages for order_id in page]
    assert sorted(found) == sorted(thirty_open)
    # Orders of the same millisecond may come in any order, and the milliseconds may not.
    assert [thirty_open.index(order_id) // 3 for order_id in found] == [place // 3 for place in range(30)]
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert len(pages[-1]) > 0


@pytest.mark.slow
def test_last_page_of_open_orders_has_no_cursor(world: World, thirty_open: list[str]) -> None:
    assert "next" not in open_orders(world, limit="30").body
    assert "next" in open_orders(world, limit="29").body


@pytest.mark.slow
@pytest.mark.parametrize("limit", [1, 4, 30])
def test_pages_with_a_status_hold_each_of_its_orders_once(
    world: World, thirty_open: list[str], limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With pages of two orders, so that a request reads several of them and stops before the end."""
    monkeypatch.setattr("ordering.repositories.open_orders._MIN_PAGE_SIZE", 2)
    every_third = thirty_open[::3]
    for order_id in every_third:
        overwrite(world, order_keys.order(OrderId(order_id)), status="CANCELLING")
    pages = all_open(world, limit=str(limit), status="CANCELLING")
    assert max(map(len, pages)) <= limit
    assert [order_id for page in pages for order_id in page] == every_third


@pytest.mark.slow
def test_cursor_of_one_status_is_invalid_for_another(world: World, thirty_open: list[str]) -> None:
    cursor = open_orders(world, limit="1", status="PENDING").body["next"]
    assert fields_of(open_orders(world, limit="1", status="CANCELLING", cursor=cursor)) == ["cursor"]
    assert fields_of(open_orders(world, limit="1", cursor=cursor)) == ["cursor"]


@pytest.mark.slow
def test_order_that_changes_hides_no_other_order_from_a_page(world: World, thirty_open: list[str]) -> None:
    first = open_orders(world, limit="10")
    for order_id in ids(first):
        overwrite(world, order_keys.order(OrderId(order_id)), GSI2SK=now())
    second = open_orders(world, limit="100", cursor=first.body["next"])
    assert sorted([*ids(first), *ids(second)]) == sorted(thirty_open)


def test_cursor_of_open_orders_is_invalid_for_other_lists(world: World, thirty_open: list[str]) -> None:
    cursor = open_orders(world, limit="1").body["next"]
    own = mine(world, limit="1").body["next"]
    assert fields_of(open_orders(world, openForMinutes="30", cursor=cursor)) == ["cursor"]
    assert fields_of(open_orders(world, cursor=own)) == ["cursor"]
    assert fields_of(mine(world, cursor=cursor)) == ["cursor"]
    assert fields_of(open_orders(world, cursor=cursor[:-1])) == ["cursor"]
    assert open_orders(world, openForMinutes="15", limit="7", cursor=cursor).status == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [("openForMinutes", "-1"), ("limit", "0"), ("limit", "101"), ("cursor", ""), ("status", "OPEN")],
)
def test_bad_parameter_of_an_administrator_is_refused(world: World, name: str, value: str) -> None:
    assert fields_of(open_orders(world, **{name: value})) == [name]
