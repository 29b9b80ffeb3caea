"""How many requests and bytes a visit costs, counted in a browser."""

import gzip
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.browser.storefront import Storefront
from tests.e2e.waiting import until
from tests.e2e.web.signing_in import sign_in
from tests.e2e.web.visitor import Visitor
from tools.costs import web

pytestmark = pytest.mark.slow
expect.set_options(timeout=120_000)


@pytest.fixture
def visitor(browser: Browser, storefront: Storefront) -> Iterator[Visitor]:
    """A customer."""
    with storefront.visited(browser) as visitor:
        yield visitor
        assert visitor.faults == []


class _Counted:
    """The responses that a page has received from the application's origin."""

    def __init__(self, page: Page) -> None:
        self.responses: list[Response] = []
        self.requests = 0
        page.on("request", self._count)
        page.on("response", lambda response: self.responses.append(response))

    def _count(self, _: object) -> None:
        self.requests += 1

    def wait(self, page: Page) -> None:
        """Wait until every request has its response."""
        until("responses", lambda: self._has_all(page))

    def _has_all(self, page: Page) -> bool:
        # The browser's events are handled while the page waits.
        page.wait_for_timeout(20)
        return len(self.responses) >= self.requests

    def paths(self) -> list[str]:
        return [urlsplit(each.url).path for each in self.responses]

    @property
    def api(self) -> list[str]:
        return [path.removeprefix("/api") for path in self.paths() if path.startswith("/api/")]

    @property
    def files(self) -> dict[str, Response]:
        """By path: a browser may request the icon once for the page and once for its tab."""
        found = {urlsplit(each.url).path: each for each in self.responses}
        return {path: each for path, each in found.items() if not path.startswith("/api/")}


def _settled(page: Page) -> None:
    page.wait_for_load_state("networkidle")


def test_first_visit_of_the_catalogue_requests_what_its_costs_assume(visitor: Visitor) -> None:
    """One request of the API, and the files of which `tools.costs.web` computes the cost of a visit."""
    page = visitor.context.new_page()
    counted = _Counted(page)
    page.goto("/")
    expect(page.get_by_role("link", name="The MUG-RED")).to_be_visible()
    _settled(page)
    assert counted.api == ["/products"]
    assert len(counted.files) == web.REVALIDATED + web.HASHED
    size = sum(len(gzip.compress(each.body(), 9)) for each in counted.files.values())
    assert size / 1000 == pytest.approx(web.KILOBYTES, rel=0.1)


def test_page_of_an_ended_order_reads_it_once(visitor: Visitor, storefront: Storefront) -> None:
    page = visitor.open()
    sign_in(page, "alice")
    order_id = storefront.ended_order()
    page.get_by_role("banner").get_by_role("link", name="My orders").click()
    page.get_by_role("link", name=order_id[:8]).wait_for()
    counted = _Counted(page)
    page.get_by_role("link", name=order_id[:8]).click()
    expect(page.locator(".title-row .badge")).to_have_text("On its way")
    _settled(page)
    assert counted.api == [f"/orders/{order_id}"]
    # A browser asks for the icon again when the address changes.
    assert counted.files.keys() <= {"/favicon.svg"}


def test_page_of_an_open_order_reads_it_ever_more_rarely(visitor: Visitor, storefront: Storefront) -> None:
    """Without a WebSocket: after a quarter of a second at first, and 1.4 times as long after each read."""
    storefront.shop.is_paused = True
    page = visitor.open()
    sign_in(page, "alice")
    order_id = storefront.place()
    page.get_by_role("banner").get_by_role("link", name="My orders").click()
    page.get_by_role("link", name=order_id[:8]).wait_for()
    _settled(page)
    page.clock.install()
    counted = _Counted(page)
    page.get_by_role("link", name=order_id[:8]).click()
    expect(page.locator(".title-row .badge")).to_have_text("Accepted")
    for _ in range(60):
        page.clock.run_for(1000)
        counted.wait(page)
    assert set(counted.api) == {f"/orders/{order_id}"}
    assert 10 <= len(counted.api) <= 25
