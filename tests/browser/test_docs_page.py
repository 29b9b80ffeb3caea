"""The page at /docs in a browser: sign-in, operations that work at the first click, and a phone's width."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from ordering.http.problems import ProblemType
from tests.browser.pages import overflowing, page_of
from tests.browser.servers import Api
from tests.support.browser import LAPTOP, PHONE
from tests.synth import PROJECT

# On a busy computer, a page of a megabyte of script needs some time.
_MILLISECONDS = 120_000
_DESCRIPTION = json.loads((PROJECT / "layers" / "ordering" / "http" / "openapi.json").read_text())
_NEEDS_MORE_THAN_A_CLICK = {
    "getImage": "its path has the hash of a picture that the shop has processed",
    "orderImages": "its body lists every image that the product has",
}
"""The operations that a click does not complete, and why."""
pytestmark = pytest.mark.slow
expect.set_options(timeout=_MILLISECONDS)


def open_docs(page: Page, api: Api) -> Page:
    """Open the page at /docs."""
    page.set_default_timeout(_MILLISECONDS)
    page.goto(f"{api.url}/docs", wait_until="commit")
    expect(page.locator(".opblock").first).to_be_visible()
    return page


@pytest.fixture
def docs(browser: Browser, api: Api) -> Iterator[Page]:
    """The page at /docs."""
    with page_of(browser) as page:
        yield open_docs(page, api)


def sign_in(page: Page, person: str) -> None:
    """Sign in by the button of the page, with every scope that it offers."""
    page.locator(".scheme-container .authorize").click()
    dialog = page.locator(".auth-container", has_text="authorizationCode with PKCE")
    with page.context.expect_page() as opened:
        dialog.locator("button.authorize").click()
    picker = opened.value
    picker.set_default_timeout(_MILLISECONDS)
    with picker.expect_event("close"):
        picker.locator(f'button[value="{person}"]').click()
    expect(dialog.get_by_role("button", name="Remove authorization")).to_be_visible()
    page.locator(".dialog-ux .close-modal").click()


def execute(page: Page, operation: str) -> tuple[int, dict[str, str]]:
    """Click on "Try it out" and on "Execute"; the status of the response, and the headers of the request."""
    block = page.locator(f'.opblock[id$="-{operation}"]')
    if not block.locator("button.execute").count():
        block.locator(".opblock-summary-control").first.click()
        block.locator(".try-out__btn").click()
    else:
        block.locator(".btn-clear").click()
    block.locator("button.execute").click()
    status = block.locator(".live-responses-table .response-col_status").nth(1)
    expect(status).to_be_visible()
    number = re.search(r"\d{3}", status.inner_text())
    assert number
    curl = block.locator(".curl").inner_text()
    return int(number[0]), dict(re.findall(r"-H '([\w-]+): ([^']*)'", curl))


def _operations() -> list[str]:
    """Returns the ids of all operations in an order in which each finds what it needs.

    First those that create or change something, in the order of the description; then those that read; then
    those that delete, the last ones first.
    """
    found = [
        (method, operation["operationId"])
        for operations in _DESCRIPTION["paths"].values()
        for method, operation in operations.items()
        if "operationId" in operation
    ]
    changes = [name for method, name in found if method in ("post", "put")]
    reads = [name for method, name in found if method == "get"]
    deletions = [name for method, name in found if method == "delete"]
    assert len(changes) + len(reads) + len(deletions) == len(found)
    return [*changes, *reads, *reversed(deletions)]


def test_every_operation_works_at_the_first_click_after_signing_in(docs: Page) -> None:
    sign_in(docs, "operator")
    operations = [each for each in _operations() if each not in _NEEDS_MORE_THAN_A_CLICK]
    statuses = {}
    for operation in operations:
        statuses[operation], _ = execute(docs, operation)
        # An open operation with a long response makes every later click slower.
        docs.locator(f'.opblock[id$="-{operation}"] .opblock-summary-control').first.click()
    assert {name: status for name, status in statuses.items() if not 200 <= status < 300} == {}


def test_exceptions_to_the_first_click_are_operations() -> None:
    assert set(_operations()) >= _NEEDS_MORE_THAN_A_CLICK.keys()


def test_each_click_sends_a_fresh_idempotency_key(docs: Page) -> None:
    sign_in(docs, "operator")
    first, second = (execute(docs, "receiveStock") for _ in range(2))
    assert (first[0], second[0]) == (200, 200)
    assert first[1]["Idempotency-Key"] != second[1]["Idempotency-Key"]


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_nothing_is_wider_than_the_screen(browser: Browser, api: Api, size: tuple[int, int]) -> None:
    with page_of(browser, size) as page:
        open_docs(page, api)
        for operation in _operations():
            block = page.locator(f'.opblock[id$="-{operation}"]')
            block.locator(".opblock-summary-control").first.click()
            block.locator(".try-out__btn").click()
            assert overflowing(page) == [], operation
            block.locator(".opblock-summary-control").first.click()
        page.locator(".scheme-container .authorize").click()
        assert overflowing(page) == []


def test_the_page_has_a_name_and_a_logo(docs: Page) -> None:
    expect(docs.locator(".brand svg")).to_be_visible()
    expect(docs.locator(".brand")).to_contain_text("Order backend")
    assert str(docs.locator("link[rel=icon]").get_attribute("href")).startswith("data:image/svg+xml")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_problem_pages_fit_a_phone(browser: Browser, api: Api, dark: bool) -> None:
    with page_of(browser, PHONE, dark=dark) as page:
        for name in ("index", ProblemType.PRICE_CHANGED.uri, "invalid-body"):
            page.goto(f"{api.url}/problems/{name}")
            expect(page.locator("h1")).to_be_visible()
            assert overflowing(page) == []
        page.locator("header a", has_text="Problems").click()
        page.locator("main a").first.click()
        expect(page.locator("h2").first).to_be_visible()
