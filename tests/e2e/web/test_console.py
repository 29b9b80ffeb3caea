"""The operator's console in a browser."""

from playwright.sync_api import Page, expect

from tests.e2e.shop import UNSERVED_ADDRESS, Customer, Shop
from tests.e2e.web.signing_in import open_console, sign_in
from tests.e2e.web.visitor import Visitor

_GIVEN_BACK = ["CancelShipment", "VoidOrRefundPayment", "ReleaseStock", "CloseOrder", "Ended"]


def _console(visitor: Visitor) -> Page:
    return open_console(visitor)


def _find(page: Page, number: str) -> None:
    page.get_by_label("Find an order").fill(number)
    page.get_by_role("button", name="Find").click()


def _lit(page: Page) -> set[str]:
    page.locator(".saga").wait_for()
    return set(page.locator(".saga .state.lit").evaluate_all("all => all.map((each) => each.dataset.state)"))


def test_customer_sees_no_console(visitor: Visitor) -> None:
    page = visitor.open("/console")
    expect(page.get_by_role("heading", name="Sign in to continue")).to_be_visible()
    sign_in(page, "alice")
    expect(page.get_by_role("heading", name="No access")).to_be_visible()
    expect(page.get_by_role("link", name="Console")).to_have_count(0)


def test_path_of_a_fulfilled_order_is_highlighted(shop: Shop, visitor: Visitor, alice: Customer) -> None:
    order = alice.order(shop.product())
    page = _console(visitor)
    _find(page, str(order.order_id))
    expect(page.locator(".title-row .badge")).to_have_text("On its way")
    assert _lit(page) == {
        *(
            "LoadOrder",
            "ReserveStock",
            "AuthorisePayment",
            "ConfirmOrder",
            "Fulfil",
            "CompleteOrder",
            "Ended",
        ),
    }


def test_path_of_an_order_that_the_carrier_refuses_is_highlighted(
    shop: Shop, visitor: Visitor, alice: Customer
) -> None:
    order = alice.order(shop.product(), address=UNSERVED_ADDRESS)
    page = _console(visitor)
    _find(page, str(order.order_id))
    expect(page.locator(".title-row .badge")).to_have_text("Cancelled")
    assert {"TurnBack", *_GIVEN_BACK} <= _lit(page)
    assert "CompleteOrder" not in _lit(page)


def test_open_order_is_listed_and_its_page_follows_its_changes(
    shop: Shop, visitor: Visitor, alice: Customer
) -> None:
    sku = shop.product()
    page = _console(visitor)
    with shop.paused_processing():
        order = alice.place(sku)
        page.get_by_role("link", name=str(order.order_id)[:8]).click()
        expect(page.locator(".title-row .badge")).to_have_text("Accepted")
    expect(page.locator(".title-row .badge")).to_have_text("On its way")


def test_orders_of_a_customer_are_found_by_the_customers_id(
    shop: Shop, visitor: Visitor, alice: Customer
) -> None:
    order = alice.order(shop.product())
    page = _console(visitor)
    _find(page, "nonsense")
    expect(page.get_by_text("An order id looks like")).to_be_visible()
    _find(page, str(alice.customer_id))
    expect(page.get_by_role("link", name=str(order.order_id)[:8])).to_be_visible()


def test_correction_of_the_stock_appears_in_its_ledger(shop: Shop, visitor: Visitor) -> None:
    sku = shop.product(units=10)
    page = _console(visitor)
    page.get_by_role("link", name="Stock").click()
    page.get_by_role("row", name=sku).get_by_role("link").click()
    page.get_by_label("Units").fill("-3")
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_text("To remove units, give a reason.")).to_be_visible()
    page.get_by_label("Reason").fill("broken")
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_role("cell", name="broken")).to_be_visible()
    assert shop.available(sku) == 7
