"""The actions of a customer in the shop."""

from playwright.sync_api import Page, expect

ADDRESS = {
    "Name": "Wilhelmina Quist",
    "Street and number": "7 Heron Steps",
    "Postcode": "8011 VK",
    "City": "Zwolle",
}


def put_into_basket(page: Page, sku: str) -> None:
    """Open a product's page, and put one unit into the basket."""
    page.goto(f"/products/{sku}")
    page.get_by_role("button", name="Add to basket").click()
    expect(page.get_by_text("is in your basket")).to_be_visible()


def fill_in_checkout(page: Page, *, card: str = "Works", country: str = "NL") -> None:
    """Go from any page to the checkout, and fill it in."""
    page.get_by_role("banner").get_by_role("link", name="Basket").click()
    page.get_by_role("link", name="Go to checkout").click()
    for label, text in ADDRESS.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Country").select_option(country)
    page.get_by_role("radio", name=card).check()


def place_order(page: Page, **options: str) -> str:
    """Order what is in the basket; returns the order's id."""
    fill_in_checkout(page, **options)
    page.get_by_role("button", name="Order and pay").click()
    return order_id(page)


def order_id(page: Page) -> str:
    """Wait for the page of an order; returns its id."""
    page.wait_for_url("**/orders/*-*")
    return page.url.rpartition("/")[2]


def expect_status(page: Page, status: str) -> None:
    """Wait, without a reload, until the page shows this status."""
    expect(page.locator(".title-row .badge")).to_have_text(status)
