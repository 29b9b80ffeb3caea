"""The session of the web application: tokens that expire are renewed, or the user is asked to sign in."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.storefront import Storefront
from tests.e2e.web.signing_in import sign_in
from tests.e2e.web.visitor import Visitor

pytestmark = pytest.mark.slow
_PATIENCE = 120_000
expect.set_options(timeout=_PATIENCE)
_TOKEN = re.compile("/token$")
_MY_ORDERS = "/orders"


@pytest.fixture
def visitor(browser: Browser, storefront: Storefront) -> Iterator[Visitor]:
    """A customer."""
    with storefront.visited(browser) as visitor:
        yield visitor


def _renews(request: Request) -> bool:
    return bool(_TOKEN.search(request.url)) and "grant_type=refresh_token" in (request.post_data or "")


def _my_orders(page: Page) -> None:
    page.get_by_role("banner").get_by_role("link", name="My orders").click()


def _bearers(storefront: Storefront, path: str) -> list[str]:
    return [headers["authorization"] for _, at, headers, _ in storefront.api.sent if at == path]


@pytest.mark.parametrize("issuer", [40], indirect=True)
def test_token_is_renewed_before_it_expires_and_no_request_is_refused(
    visitor: Visitor, storefront: Storefront
) -> None:
    """The token is valid for 40 seconds, and is renewed 30 seconds before its end, without a page load."""
    page = visitor.open()
    sign_in(page, "alice")
    _my_orders(page)
    expect(page.get_by_text("No orders yet")).to_be_visible()
    page.get_by_role("banner").get_by_role("link", name="Shop").click()
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url) if "/authorize" in frame.url else None)
    # The second renewal shows that the first one has succeeded, and that the renewed token is renewed too.
    for _ in range(2):
        page.wait_for_event("requestfinished", _renews, timeout=_PATIENCE)
    _my_orders(page)
    expect(page.get_by_text("No orders yet")).to_be_visible()
    first, *_, last = _bearers(storefront, _MY_ORDERS)
    assert first != last
    assert set(storefront.responses("GET", _MY_ORDERS)) == {200}
    assert loads == []
    assert visitor.faults == []


def _expired(visitor: Visitor) -> Page:
    """A customer whose token has expired while the computer slept: no renewal has run."""
    page = visitor.context.new_page()
    page.clock.install()
    page.goto("/")
    sign_in(page, "alice")
    page.route(_TOKEN, lambda route: route.abort())
    with page.expect_event("requestfailed", _renews):
        page.clock.fast_forward("02:00:00")
    page.unroute_all(behavior="ignoreErrors")
    return page


def test_expired_token_is_renewed_before_the_next_request(visitor: Visitor, storefront: Storefront) -> None:
    page = _expired(visitor)
    renewals: list[str] = []
    page.on("request", lambda sent: renewals.append(sent.url) if _renews(sent) else None)
    page.get_by_role("banner").get_by_title("Profile").click()
    expect(page.get_by_role("textbox", name="E-mail")).to_be_visible()
    expect(page.get_by_role("banner").get_by_text("Alice Martin")).to_be_visible()
    # The page reads the profile and the export at once: both wait for one renewal.
    assert len(renewals) == 1
    assert 401 not in [status for *_, status in storefront.api.sent]


def test_session_ends_if_the_issuer_refuses_to_renew_it(visitor: Visitor, storefront: Storefront) -> None:
    page = _expired(visitor)
    page.route(_TOKEN, lambda route: route.fulfill(status=400, json={"error": "invalid_grant"}))
    _my_orders(page)
    expect(page.get_by_role("heading", name="Sign in to continue")).to_be_visible()
    expect(page.get_by_role("banner").get_by_role("button", name="Sign in")).to_be_visible()
    assert 200 not in storefront.responses("GET", _MY_ORDERS)


def test_session_outlasts_an_issuer_that_cannot_be_reached(visitor: Visitor) -> None:
    page = _expired(visitor)
    page.route(_TOKEN, lambda route: route.abort())
    with page.expect_event("requestfailed", _renews):
        _my_orders(page)
    expect(page.get_by_role("banner").get_by_text("Alice Martin")).to_be_visible()
    page.unroute_all(behavior="ignoreErrors")
    # The next request renews the token, whichever page makes it.
    with page.expect_event("requestfinished", _renews):
        page.get_by_role("banner").get_by_role("link", name="Shop").click()
    _my_orders(page)
    expect(page.get_by_role("banner").get_by_text("Alice Martin")).to_be_visible()
    expect(page.get_by_text("No orders yet")).to_be_visible()
