"""The web application when the network is slow, and in two tabs at once: one basket makes one order."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.storefront import Storefront
from tests.e2e.web.shopping import fill_in_checkout, order_id
from tests.e2e.web.signing_in import sign_in
from tests.e2e.web.visitor import Visitor

pytestmark = pytest.mark.slow
# In seconds, and in milliseconds: a response of a slow network, and how long a test waits at most.
_SLOW, _PATIENCE = 5.0, 120_000
expect.set_options(timeout=_PATIENCE)


@pytest.fixture
def visitor(browser: Browser, storefront: Storefront) -> Iterator[Visitor]:
    """A customer. The test fails if a page logs an error or violates its policy."""
    with storefront.visited(browser) as visitor:
        yield visitor
        assert visitor.faults == []


def _at_the_checkout(page: Page, **options: str) -> None:
    """A customer who is signed in, with a mug in the basket and the checkout filled in."""
    page.get_by_role("link", name="The MUG-RED").click()
    page.get_by_role("button", name="Add to basket").click()
    fill_in_checkout(page, **options)


def _order(page: Page) -> None:
    page.get_by_role("button", name="Order and pay").click()


def test_slow_catalogue_shows_that_it_is_loading(visitor: Visitor, storefront: Storefront) -> None:
    storefront.api.delay = _SLOW
    page = visitor.open()
    expect(page.get_by_role("status", name="Loading")).to_be_visible()
    expect(page.get_by_role("link", name="The MUG-RED")).to_be_visible()
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)


def test_slow_response_to_an_order_places_one_order(visitor: Visitor, storefront: Storefront) -> None:
    """Guarantee 1. Meanwhile nothing can be pressed a second time, and the customer is told why."""
    page = visitor.open()
    sign_in(page, "alice")
    _at_the_checkout(page)
    storefront.api.delay = _SLOW
    _order(page)
    expect(page.get_by_text("Placing your order")).to_be_visible()
    expect(page.get_by_role("button", name="Order and pay")).to_have_count(0)
    order_id(page)
    expect(page.get_by_role("status", name="Loading")).to_be_visible()
    expect(page.locator(".title-row .badge")).to_be_visible()
    assert (storefront.placed(), storefront.responses("POST", "/orders")) == (1, [202])


def _two_tabs(visitor: Visitor, **options: str) -> tuple[Page, Page]:
    """Two tabs of one customer, both at the checkout of the same basket. `options` are of the second one."""
    one = visitor.open()
    sign_in(one, "alice")
    _at_the_checkout(one)
    other = visitor.open()
    sign_in(other, "alice")
    fill_in_checkout(other, **options)
    return one, other


def test_two_tabs_that_order_the_same_basket_at_once_place_one_order(
    visitor: Visitor, storefront: Storefront
) -> None:
    """Guarantee 1. The tabs share the basket, and with it the idempotency key of its order."""
    one, other = _two_tabs(visitor)
    storefront.api.released.clear()
    _order(one)
    _order(other)
    expect(one.get_by_text("Placing your order")).to_be_visible()
    expect(other.get_by_text("Placing your order")).to_be_visible()
    storefront.api.released.set()
    assert order_id(one) == order_id(other)
    assert storefront.placed() == 1


def test_tab_that_orders_the_same_basket_with_another_card_is_told_that_it_is_ordered(
    visitor: Visitor, storefront: Storefront
) -> None:
    one, other = _two_tabs(visitor, card="Declined")
    storefront.api.released.clear()
    _order(one)
    while not storefront.responses("POST", "/orders"):
        one.wait_for_timeout(50)
    _order(other)
    expect(other.get_by_text("Placing your order")).to_be_visible()
    storefront.api.released.set()
    order_id(one)
    expect(other.get_by_text("This basket has already been ordered")).to_be_visible()
    assert storefront.placed() == 1


def test_checkout_notices_that_another_tab_has_ordered_the_basket(
    visitor: Visitor, storefront: Storefront
) -> None:
    one, other = _two_tabs(visitor)
    _order(one)
    order_id(one)
    expect(other.get_by_text("Your basket is empty")).to_be_visible()
    expect(other.get_by_role("button", name="Order and pay")).to_have_count(0)
    assert storefront.placed() == 1


def test_late_response_in_one_tab_keeps_what_another_tab_has_put_into_the_next_basket(
    visitor: Visitor, storefront: Storefront
) -> None:
    one, other = _two_tabs(visitor)
    held: list[Route] = []
    other.route(re.compile("/api/orders$"), lambda route: held.append(route))
    _order(other)
    expect(other.get_by_text("Placing your order")).to_be_visible()
    _order(one)
    order_id(one)
    one.get_by_role("banner").get_by_role("link", name="Shop").click()
    one.get_by_role("link", name="The MUG-RED").click()
    one.get_by_role("button", name="Add to basket").click()
    expect(other.get_by_role("link", name="Basket, 1 items")).to_be_visible()
    # The response is the order of the first basket.
    held[0].continue_()
    order_id(other)
    expect(other.get_by_role("link", name="Basket, 1 items")).to_be_visible()
    expect(one.get_by_role("link", name="Basket, 1 items")).to_be_visible()
    assert storefront.placed() == 1
