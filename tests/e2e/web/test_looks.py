"""Every page is accessible and fits its screen, in both themes.

`tests/browser/test_web_looks.py` looks at the states without content, and at an order from start to end.
"""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from local.environment import Instance
from tests.e2e.shop import Customer, Shop
from tests.e2e.web.signing_in import sign_in
from tests.e2e.web.visitor import Visitor
from tests.support.browser import LAPTOP, PHONE
from tests.support.looks import flaws


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "desk"])
def test_pages_are_accessible_and_fit_the_screen(
    shop: Shop, browser: Browser, instance: Instance, alice: Customer, size: tuple[int, int], scheme: str
) -> None:
    sku = shop.product(units=3)
    order = alice.order(sku, payment_token="tok_declined")
    # A letter about an order that has ended can be redriven: it is removed.
    shop.messages.send("OrderDeadLetterQueueUrl", json.dumps({"orderId": order.order_id}))
    with Visitor(browser, instance, size=size, color_scheme=scheme) as visitor:
        page = visitor.open()
        found: list[str] = []

        def look(name: str, ready: str, go: Callable[[], object] | None = None) -> None:
            if go is not None:
                go()
            page.locator(ready).first.wait_for()
            found.extend(flaws(page, name))

        def link(name: str) -> Callable[[], object]:
            return page.get_by_role("banner").get_by_role("link", name=name).click

        look("catalogue", ".card h2")
        sign_in(page, "operator")
        look("product", ".product", page.locator(f'a[href="/products/{sku}"]').click)
        page.get_by_role("button", name="Add to basket").click()
        look("basket", ".line", link("Basket"))
        look("checkout", "form.split", page.get_by_role("link", name="Go to checkout").click)
        look("orders", "h1", link("My orders"))
        look("profile", "form", page.get_by_role("banner").get_by_title("Profile").click)
        look("console", "table, .notice", link("Console"))
        page.get_by_label("Find an order").fill(str(order.order_id))
        look("order", ".saga", page.get_by_role("button", name="Find").click)
        look("customer", "table", page.get_by_role("main").get_by_role("link", name="Customer").click)
        look("stock", "table", page.get_by_role("link", name="Stock").click)
        look("ledger", ".figures", page.get_by_role("row", name=sku).get_by_role("link").click)
        look("sales", ".chart, .notice", page.get_by_role("link", name="Sales").click)
        look("metrics", ".metric, .notice", page.get_by_role("link", name="Metrics").click)
        look("queues", "table.queues", page.get_by_role("link", name="Queues").click)
        look("letters", ".letter", page.get_by_role("link", name="order", exact=True).click)
        look("redrive", "dialog[open]", page.get_by_role("button", name="Redrive", exact=True).click)
        page.keyboard.press("Escape")
        look("break it", ".guarantee", page.get_by_role("link", name="Break it").click)
        shop.messages.purge("OrderDeadLetterQueueUrl")
        assert found == []
        assert visitor.faults == []
