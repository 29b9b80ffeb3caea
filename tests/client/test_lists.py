"""Lists, page by page."""

import httpx
import pytest

from orders_client import BadRequest, OrdersClient, OrderStatus
from tests.client.support import problem, product, response, serving, summary


def page(*order_ids: str, following: str | None = None, request_id: str = "Gw1=") -> httpx.Response:
    body = {"orders": [summary(order_id) for order_id in order_ids]}
    more = {"next": following} if following else {}
    return response(body | more, headers={"apigw-requestid": request_id})


def test_a_list_continues_until_the_last_page() -> None:
    server = serving(page("1", "2", following="b"), page("3", following="c"), page("4"))
    assert [each.order_id for each in server.client().list_orders()] == ["1", "2", "3", "4"]
    assert [request.url.params.get("cursor") for request in server.requests] == [None, "b", "c"]


def test_an_empty_page_is_not_the_end_of_a_list() -> None:
    server = serving(page(following="b"), page("1"))
    assert [each.order_id for each in server.client().list_orders()] == ["1"]


def test_every_page_is_requested_with_the_same_filters() -> None:
    server = serving(page("1", following="b"), page("2"))
    list(server.client().list_orders(status=OrderStatus.PENDING, limit=1))
    sent = [{**request.url.params, "cursor": ""} for request in server.requests]
    assert sent == [{"status": "PENDING", "limit": "1", "cursor": ""}] * 2


def test_only_the_needed_pages_are_requested() -> None:
    server = serving(page("1", "2", following="b"))
    assert next(iter(server.client().list_orders())).order_id == "1"
    assert len(server.requests) == 1


def test_nothing_is_sent_before_the_iteration_starts() -> None:
    server = serving()
    server.client().list_orders()
    assert server.requests == []


def test_a_list_can_be_iterated_again() -> None:
    server = serving(page("1"), page("1"))
    listing = server.client().list_orders()
    assert list(listing) == list(listing)


def test_a_list_continues_from_the_cursor_of_a_page() -> None:
    server = serving(page("1", following="b"), page("2"))
    client = server.client()
    first = next(client.list_orders(limit=1).pages())
    assert ([each.order_id for each in first.items], first.next) == (["1"], "b")
    second = next(client.list_orders(limit=1, cursor=first.next).pages())
    assert ([each.order_id for each in second.items], second.next) == (["2"], None)


def test_an_item_has_the_status_and_headers_of_its_page() -> None:
    server = serving(page("1", following="b", request_id="Gw1="), page("2", request_id="Gw2="))
    assert [each.http.request_id for each in server.client().list_orders()] == ["Gw1=", "Gw2="]


def test_the_catalogue_is_read_in_pages() -> None:
    server = serving(
        response({"products": [product("A")], "next": "b"}), response({"products": [product("B")]})
    )
    assert [each.sku for each in server.client().list_products(limit=1)] == ["A", "B"]


def test_open_orders_are_read_in_pages() -> None:
    server = serving(page("1", following="b"), page("2"))
    listed = server.client().admin_list_open_orders(open_for_minutes=0)
    assert [each.order_id for each in listed] == ["1", "2"]
    assert [dict(request.url.params) for request in server.requests] == [
        {"openForMinutes": "0"},
        {"openForMinutes": "0", "cursor": "b"},
    ]


def test_a_refused_filter_raises_during_the_iteration() -> None:
    client: OrdersClient = serving(problem(400, "invalid-parameter")).client()
    listing = client.list_orders(limit=1000)
    with pytest.raises(BadRequest):
        list(listing)
