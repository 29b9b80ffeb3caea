"""The page at /docs in a browser: sign-in, operations that work at the first click, and a phone's width."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browser import page_of
from tests.browser.servers import Api


@pytest.fixture
def docs(browser: Browser, api: Api) -> Iterator[Page]:
    """The page at /docs."""
    with page_of(browser) as page:
        page.goto(f"{api.url}/docs")
        expect(page.locator(".opblock").first).to_be_visible()
        yield page


def sign_in(page: Page, person: str) -> None:
    """Sign in by the button of the page, with every scope that it offers."""
    page.locator(".scheme-container .authorize").click()
    dialog = page.locator(".auth-container", has_text="authorizationCode")
    with page.context.expect_page() as opened:
        dialog.get_by_role("button", name="Apply given OAuth2 credentials").or_(
            dialog.locator("button.authorize")
        ).first.click()
    picker = opened.value
    with picker.expect_event("close"):
        picker.locator(f'button[value="{person}"]').click()
    expect(dialog.get_by_text("Logout")).to_be_visible()
    page.locator(".dialog-ux .close-modal").click()


def execute(page: Page, operation: str) -> tuple[int, dict[str, str]]:
    """Click on "Try it out" and on "Execute"; the status of the response, and the headers of the request."""
    block = page.locator(f'.opblock[id$="-{operation}"]')
    block.locator(".opblock-summary-control").first.click()
    block.locator(".try-out__btn").click()
    block.locator("button.execute").click()
    status = block.locator(".live-responses-table .response-col_status").first
    expect(status).to_be_visible()
    text = re.search(r"\d{3}", status.inner_text())
    assert text
    curl = block.locator(".curl").inner_text()
    return int(text[0]), dict(re.findall(r"-H '([\w-]+): ([^']*)'", curl))


def test_try_it_out_works_at_the_first_click(docs: Page) -> None:
    sign_in(docs, "operator")
    found = {}
    for operation in (
        *("listProducts", "getProduct", "putProduct", "receiveStock", "listStockEntries"),
        *("placeOrder", "listOrders", "getOrder", "cancelOrder"),
        *("putProfile", "getProfile", "createWebhook", "listWebhooks", "rotateWebhookSecret"),
        *("adminListOpenOrders", "adminGetOrder", "adminListOrders", "deleteWebhook"),
        *("getOpenapi", "getAsyncapi", "getHealth"),
    ):
        found[operation], _ = execute(docs, operation)
    assert {name: status for name, status in found.items() if not 200 <= status < 300} == {}
