"""A customer's orders, page by page."""

from datetime import timedelta

import pytest

from orders_client import BadRequest, OrderStatus, OrderSummary
from tests.e2e.shop import Customer, Shop, body_only

_SUMMARY = ("order_id", "status", "total", "created_at", "updated_at", "version", "reason")


@pytest.fixture(scope="module")
def carol(shop: Shop) -> Customer:
    """A customer with five orders, the second of which was declined."""
    carol = shop.customer("carol")
    sku = shop.product(units=100)
    for number in range(5):
        carol.order(sku, payment_token="tok_declined" if number == 1 else "tok_ok")
    return carol


@pytest.fixture
def hers(carol: Customer) -> list[OrderSummary]:
    """All her orders."""
    return [body_only(order) for order in carol.client.list_orders()]


def test_orders_are_listed_newest_first(carol: Customer, hers: list[OrderSummary]) -> None:
    assert len(hers) == 5
    times = [order.created_at for order in hers]
    assert times == sorted(times, reverse=True)
    newest = carol.client.get_order(hers[0].order_id)
    assert [getattr(newest, name) for name in _SUMMARY] == [getattr(hers[0], name) for name in _SUMMARY]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_the_pages_contain_every_order_once(carol: Customer, hers: list[OrderSummary], limit: int) -> None:
    pages = list(carol.client.list_orders(limit=limit).pages())
    assert all(len(page.items) <= limit for page in pages)
    paged = [order.order_id for page in pages for order in page.items]
    assert paged == [order.order_id for order in hers]


def test_a_list_continues_from_a_stored_cursor(carol: Customer, hers: list[OrderSummary]) -> None:
    first = next(carol.client.list_orders(limit=2).pages())
    rest = list(carol.client.list_orders(limit=2, cursor=first.next))
    assert [*map(body_only, (*first.items, *rest))] == hers


def test_an_order_placed_while_paging_does_not_change_later_pages(shop: Shop) -> None:
    dora = shop.customer("dora")
    sku = shop.product()
    known = [dora.order(sku).order_id for _ in range(3)]
    pages = dora.client.list_orders(limit=2).pages()
    first = next(pages)
    dora.order(sku)
    rest = [order.order_id for page in pages for order in page.items]
    assert [*(order.order_id for order in first.items), *rest] == known[::-1]


def test_orders_are_filtered_by_status(carol: Customer) -> None:
    (declined,) = carol.client.list_orders(status=OrderStatus.REJECTED)
    assert declined.reason == "PAYMENT_DECLINED"
    assert len(list(carol.client.list_orders(status=OrderStatus.FULFILLED, limit=2))) == 4
    assert list(carol.client.list_orders(status=OrderStatus.CANCELLED)) == []


def test_orders_are_filtered_by_the_time_they_were_placed(carol: Customer, hers: list[OrderSummary]) -> None:
    """Both ends are exclusive."""
    newest, oldest = hers[0].created_at, hers[-1].created_at
    between = carol.client.list_orders(created_after=oldest, created_before=newest)
    assert [*map(body_only, between)] == hers[1:-1]
    later = newest + timedelta(seconds=1)
    assert [*carol.client.list_orders(created_after=later)] == []
    assert [*map(body_only, carol.client.list_orders(created_before=later))] == hers


def test_a_time_filter_that_ends_before_it_begins_finds_no_order(
    carol: Customer, hers: list[OrderSummary]
) -> None:
    newest, oldest = hers[0].created_at, hers[-1].created_at
    assert list(carol.client.list_orders(created_after=newest, created_before=oldest)) == []
    assert list(carol.client.list_orders(created_after=newest, created_before=newest)) == []


def test_a_customer_does_not_see_another_customers_orders(carol: Customer, bob: Customer) -> None:
    assert list(bob.client.list_orders()) == []


@pytest.fixture
def cursor(carol: Customer) -> str:
    """The cursor of her second page."""
    page = next(carol.client.list_orders(limit=2).pages())
    assert page.next
    return page.next


@pytest.mark.parametrize("place", [0, 10, 30, -1])
def test_a_tampered_cursor_is_refused(carol: Customer, cursor: str, place: int) -> None:
    characters = list(cursor)
    characters[place] = "A" if characters[place] != "A" else "B"
    with pytest.raises(BadRequest) as refused:
        list(carol.client.list_orders(limit=2, cursor="".join(characters)))
    assert [error.field for error in refused.value.errors] == ["cursor"]


def test_a_truncated_cursor_is_refused(carol: Customer, cursor: str) -> None:
    with pytest.raises(BadRequest):
        list(carol.client.list_orders(cursor=cursor[:-4]))


def test_a_cursor_of_another_customer_is_refused(bob: Customer, cursor: str) -> None:
    with pytest.raises(BadRequest):
        list(bob.client.list_orders(limit=2, cursor=cursor))


def test_a_cursor_with_other_filters_is_refused(carol: Customer, cursor: str) -> None:
    with pytest.raises(BadRequest):
        list(carol.client.list_orders(status=OrderStatus.FULFILLED, cursor=cursor))


def test_a_cursor_may_be_used_with_another_limit(carol: Customer, cursor: str) -> None:
    assert len(list(carol.client.list_orders(limit=1, cursor=cursor))) == 3
