"""The console's charts of sales in a browser."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Locator, Page, expect

from local.environment import Instance
from orders_client import SalesBy
from stacks.settings import STAGES
from tests.e2e.shop import Customer, Shop
from tests.e2e.waiting import until
from tests.e2e.web.signing_in import open_console, sign_in
from tests.e2e.web.visitor import Visitor
from tests.support.browser import LAPTOP, PHONE

_REPORTING = STAGES["local"].reporting
assert _REPORTING
_ZONE = ZoneInfo(_REPORTING.time_zone)


def _today() -> date:
    return datetime.now(_ZONE).date()


def _open(visitor: Visitor) -> Page:
    page = open_console(visitor)
    page.get_by_role("link", name="Sales").click()
    return page


def _product(page: Page, sku: str) -> Locator:
    """Returns the row of a product. It may be hidden behind the first eight, if others have sold more."""
    products = page.get_by_role("region", name="By product")
    row, more = products.get_by_role("row", name=sku), products.get_by_role("button", name="Show")
    expect(row.or_(more).first).to_be_visible()
    if not row.count():
        more.click()
    return row


def _sell(shop: Shop, customer: Customer, units: int) -> str:
    """Sell units of a new product, and wait until they are counted. Returns its SKU."""
    sku = shop.product()
    customer.order(sku, units)
    today = _today()

    def is_counted() -> bool:
        # An order that is fulfilled around midnight may be counted on the previous day.
        pages = shop.administrator.admin_list_sales(
            from_=today - timedelta(days=1), to=_today(), by=SalesBy.PRODUCT
        )
        return any(total.sku == sku for total in pages)

    until("the order to be counted", is_counted)
    return sku


def test_fulfilled_order_is_in_every_chart(shop: Shop, visitor: Visitor, alice: Customer) -> None:
    sku = _sell(shop, alice, 2)
    page = _open(visitor)
    row = _product(page, sku)
    expect(row.get_by_role("cell")).to_have_text("€25.00")
    expect(page.locator(".chart [data-day] path")).not_to_have_count(0)
    page.get_by_text("Units", exact=True).first.click()
    expect(page.get_by_role("heading", name="Units by day")).to_be_visible()
    expect(row.get_by_role("cell")).to_have_text("2")
    expect(page.get_by_role("region", name="By category").get_by_role("row")).not_to_have_count(0)
    page.get_by_text("As a table").click()
    table = page.get_by_role("region", name="Sales by day")
    expect(table.get_by_role("row", name=str(_today().year))).not_to_have_count(0)


def test_figures_and_days_can_be_read_with_the_keyboard(
    shop: Shop, visitor: Visitor, alice: Customer
) -> None:
    _sell(shop, alice, 1)
    page = _open(visitor)
    page.get_by_role("radio", name="Revenue").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="Orders by day")).to_be_visible()
    page.get_by_text("As a table").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Sales by day")).to_be_visible()


def test_days_before_the_first_sale_are_empty_and_an_invalid_period_is_refused(
    shop: Shop, visitor: Visitor, alice: Customer
) -> None:
    _sell(shop, alice, 1)
    page = _open(visitor)
    page.get_by_label("Period").select_option("own")
    page.get_by_label("From", exact=True).fill("2020-01-01")
    expect(page.get_by_text("Choose two days, the earlier one first")).to_be_visible()
    page.get_by_label("To", exact=True).fill("2020-01-31")
    expect(page.get_by_text("Choose two days, the earlier one first")).to_have_count(0)
    expect(page.get_by_role("heading", name="No sales in this period")).to_be_visible()
    page.get_by_label("Period").select_option("7")
    expect(page.locator(".chart [data-day]")).to_have_count(7)


def test_stage_without_reporting_says_so_and_a_failed_request_can_be_retried(visitor: Visitor) -> None:
    page = visitor.open()
    page.route("**/api/admin/sales?*", lambda route: route.fulfill(status=404, json={"message": "Not Found"}))
    sign_in(page, "operator")
    page.get_by_role("banner").get_by_role("link", name="Console").click()
    page.get_by_role("link", name="Sales").click()
    expect(page.get_by_role("heading", name="This stage has no sales totals")).to_be_visible()
    page.unroute("**/api/admin/sales?*")
    page.route("**/api/admin/sales?*", lambda route: route.fulfill(status=400, json={}))
    page.get_by_label("Period").select_option("90")
    expect(page.get_by_role("heading", name="Something went wrong")).to_be_visible()
    page.unroute("**/api/admin/sales?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Something went wrong")).to_have_count(0)


def test_german_reader_sees_german_figures_on_a_phone(
    shop: Shop, browser: Browser, instance: Instance, alice: Customer
) -> None:
    _sell(shop, alice, 1)
    for size in (PHONE, LAPTOP):
        with Visitor(browser, instance, size=size, locale="de-DE") as visitor:
            page = visitor.open()
            page.get_by_role("banner").get_by_role("button", name="Anmelden").click()
            page.get_by_text("Olivia Stone").click()
            page.get_by_role("banner").get_by_role("link", name="Konsole").click()
            page.get_by_role("link", name="Verkäufe").click()
            expect(page.locator(".sales-value").first).to_have_text(re.compile(r"^[\d.]+,\d\d\s€$"))
            expect(page.get_by_role("heading", name="Umsatz nach Tagen")).to_be_visible()
            assert visitor.faults == []
