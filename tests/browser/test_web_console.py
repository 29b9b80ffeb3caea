"""The operator's console, with the API in memory: one order whole, and the open orders by status."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from ordering.domain.order import OrderId
from tests.browser.storefront import Storefront
from tests.e2e.web.signing_in import open_console
from tests.e2e.web.visitor import Visitor
from tests.support.mail_records import last_event, mailed
from tests.support.orders import cancel, follow

pytestmark = pytest.mark.slow
expect.set_options(timeout=120_000)


@pytest.fixture
def visitor(browser: Browser, storefront: Storefront) -> Iterator[Visitor]:
    """The operator. The test fails if a page logs an error or violates its policy."""
    with storefront.visited(browser) as visitor:
        yield visitor
        assert visitor.faults == []


def _find(page: Page, order_id: str) -> None:
    page.get_by_label("Find an order").fill(order_id)
    page.get_by_role("button", name="Find").click()


def test_page_of_an_order_shows_its_stock_events_and_mails(visitor: Visitor, storefront: Storefront) -> None:
    world = storefront.shop.world
    order_id = OrderId(storefront.place())
    follow(world, order_id, "reserve_stock", "authorise_payment", "confirm_order")
    mailed(world, last_event(world, order_id))
    follow(world, order_id, "capture_payment", "book_shipment", "complete_order")
    mailed(world, last_event(world, order_id), "NO_PROFILE")
    page = open_console(visitor)
    _find(page, order_id)
    stock = page.locator(".fact").filter(has_text="Stock")
    expect(stock).to_contain_text("Shipped")
    expect(stock).to_contain_text("2 × MUG-RED")
    events = page.get_by_role("region", name="Events").get_by_role("listitem")
    assert {"OrderPlaced", "OrderConfirmed", "OrderFulfilled", "PaymentCaptured"} <= {
        text.split("\n")[0] for text in events.all_inner_texts()
    }
    mails = page.get_by_role("region", name="Mails").get_by_role("listitem")
    expect(mails.nth(0)).to_contain_text("OrderConfirmed")
    expect(mails.nth(0)).to_contain_text("Sent")
    expect(mails.nth(1)).to_contain_text("Not sent: the customer has no profile")


def test_page_of_an_ended_order_waits_for_its_last_mail(visitor: Visitor, storefront: Storefront) -> None:
    order_id = OrderId(storefront.ended_order())
    page = open_console(visitor)
    _find(page, order_id)
    expect(page.get_by_text("No mail has been sent yet")).to_be_visible()
    with storefront.api.idle():
        mailed(storefront.shop.world, last_event(storefront.shop.world, order_id))
    expect(page.get_by_role("region", name="Mails").get_by_role("listitem")).to_contain_text("OrderFulfilled")


def test_open_orders_are_listed_by_status(visitor: Visitor, storefront: Storefront) -> None:
    pending, cancelling = storefront.place(), storefront.place()
    cancel(storefront.shop.world, OrderId(cancelling))
    page = open_console(visitor)
    expect(page.get_by_role("link", name=pending[:8])).to_be_visible()
    page.get_by_label("Status").select_option("CANCELLING")
    expect(page.get_by_role("link", name=cancelling[:8])).to_be_visible()
    expect(page.get_by_role("link", name=pending[:8])).to_have_count(0)
    page.get_by_label("Status").select_option("REJECTING")
    expect(page.get_by_text("No orders found")).to_be_visible()
