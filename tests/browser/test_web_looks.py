"""Every page of the web application in each of its states is accessible and fits the screen.

The states are those of a page without content: signed out, loading, failed, empty, unknown, forbidden and
offline. The phone is in German, which has longer words, and dark; the desktop is in English, and light. The
widths do not depend on the theme, so these two have every state in each width and in each theme.
`tests/e2e/web/test_looks.py` looks at the other pages with their content.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ordering.domain.order import OrderId
from tests.browser.storefront import Storefront
from tests.e2e.web.signing_in import sign_in
from tests.e2e.web.visitor import Visitor
from tests.support.browser import LAPTOP, PHONE
from tests.support.looks import flaws
from tests.support.mail_records import last_event, mailed
from tests.synth import PROJECT

pytestmark = pytest.mark.slow
expect.set_options(timeout=120_000)
_PICTURES = PROJECT / ".build" / "looks"
_UNKNOWN = "01a1feb7-acd5-72c9-85e5-23b47f04003b"
_SKU, _NO_SKU = "MUG-RED", "NO-SUCH-MUG"
_SIGN_IN = {"en-GB": "Sign in", "de-DE": "Anmelden"}


def _routes() -> list[str]:
    """Returns the paths of the application, and those of the console's pages, as the sources have them.

    The page "Break it yourself" needs an engine: `tests/e2e/web/test_looks.py` looks at it.
    """
    main = (PROJECT / "web" / "src" / "main.tsx").read_text()
    frame = (PROJECT / "web" / "src" / "console" / "ConsoleFrame.tsx").read_text()
    found = [*re.findall(r'<Route path="([^"]+)"', main), *re.findall(r'path: "(/console[^"]*)"', frame)]
    # One page of each kind that the console opens by an id.
    console = (PROJECT / "web" / "src" / "console" / "ConsolePage.tsx").read_text()
    by_id = console[console.index('if (id !== ""') :]
    found += [f"/console/{kind}/:{kind}" for kind in re.findall(r'case "(\w+)"', by_id)]
    return [path for path in dict.fromkeys(found) if path not in ("/console/*", "/console/break")]


_PROTECTED = frozenset({"/checkout", "/orders", "/orders/:orderId", "/profile"})


def _filled(path: str, *, unknown: bool = False) -> str:
    """Returns the path with values for its parameters."""
    values = {
        ":sku": _NO_SKU if unknown else _SKU,
        ":stock": _NO_SKU if unknown else _SKU,
        ":queues": "no-such-queue" if unknown else "notifications",
        ":customers": "0" * 32,
        ":orderId": _UNKNOWN,
        ":orders": _UNKNOWN,
    }
    return re.sub(r":\w+", lambda name: values[name[0]], path)


@dataclass
class Viewer:
    """Looks at pages, takes a picture of each, and collects what is wrong with them."""

    visitor: Visitor
    storefront: Storefront
    locale: str
    folder: Path
    found: list[str] = field(default_factory=list)

    def look(self, page: Page, name: str, ready: str) -> None:
        """Wait for an element that shows the state, and look at the page."""
        page.locator(ready).first.wait_for()
        self.found += flaws(page, name)
        self.folder.mkdir(parents=True, exist_ok=True)
        file = re.sub(r"[^\w-]+", "-", name).strip("-")
        page.screenshot(path=self.folder / f"{file}.png", full_page=True)

    def sign_in(self, page: Page, person: str) -> None:
        sign_in(page, person, button=_SIGN_IN[self.locale])


@pytest.fixture(
    params=[(PHONE, "de-DE", "dark"), (LAPTOP, "en-GB", "light")],
    ids=["phone-german-dark", "desk-english-light"],
)
def viewer(request: pytest.FixtureRequest, browser: Browser, storefront: Storefront) -> Iterator[Viewer]:
    """A user with an empty profile. The test fails if a page has a flaw."""
    size, locale, scheme = request.param
    with storefront.visited(browser, size=size, locale=locale, color_scheme=scheme) as visitor:
        viewer = Viewer(visitor, storefront, locale, _PICTURES / f"{size[0]}-{locale}-{scheme}")
        yield viewer
        assert viewer.found == []


def test_pages_of_a_user_who_is_not_signed_in(viewer: Viewer) -> None:
    page = viewer.visitor.open()
    for path in _routes():
        page.goto(_filled(path))
        is_closed = path in _PROTECTED or path.startswith("/console")
        viewer.look(page, f"signed out {path}", ".notice button" if is_closed else "main h1, main .notice")
    assert viewer.visitor.faults == []


def test_pages_of_a_user_whom_the_api_refuses_everything(viewer: Viewer) -> None:
    """A response that is neither 401, 403 nor 404: the page says so, and offers to try again."""
    page = viewer.visitor.open()
    viewer.sign_in(page, "operator")
    problem = json.dumps(
        {"type": "about:blank", "title": "Bad", "status": 400, "instance": "urn:request:Rq1="}
    )
    page.route(
        "**/api/**",
        lambda route: route.fulfill(status=400, content_type="application/problem+json", body=problem),
    )
    for path in _routes():
        page.goto(_filled(path))
        expect(page.locator(".skeleton")).to_have_count(0)
        viewer.look(page, f"failed {path}", "main h1, main .notice, main form")
    assert viewer.visitor.faults == []


def test_pages_while_they_load(viewer: Viewer) -> None:
    page = viewer.visitor.open()
    viewer.sign_in(page, "operator")
    viewer.storefront.api.released.clear()
    for path in _routes():
        page.goto(_filled(path), wait_until="domcontentloaded")
        viewer.look(page, f"loading {path}", "main .skeleton, main form, main .notice, main h1")
    viewer.storefront.api.released.set()


def test_pages_of_what_does_not_exist(viewer: Viewer) -> None:
    page = viewer.visitor.open()
    viewer.sign_in(page, "operator")
    for path in [*(each for each in _routes() if ":" in each), "/no-such-page", "/console/no-such-page"]:
        page.goto(_filled(path, unknown=True))
        viewer.look(page, f"unknown {path}", "main .notice")


def test_pages_of_a_new_customer_are_empty(viewer: Viewer) -> None:
    page = viewer.visitor.open()
    viewer.sign_in(page, "alice")
    for path in ("/basket", "/checkout", "/orders", "/profile"):
        page.goto(path)
        viewer.look(page, f"empty {path}", "main .notice, main form")
    page.goto("/")
    page.get_by_role("searchbox").fill("no such product")
    viewer.look(page, "empty search", "main .notice")
    page.goto("/console")
    viewer.look(page, "forbidden console", "main .notice")
    assert viewer.visitor.faults == []


def test_order_from_its_confirmation_to_its_end(viewer: Viewer) -> None:
    """The live timeline, the question before a cancellation, the cancelled and the fulfilled order."""
    shop = viewer.storefront.shop
    page = viewer.visitor.open()
    viewer.sign_in(page, "alice")
    shop.is_paused = True
    placed = viewer.storefront.place()
    page.goto(f"/orders/{placed}")
    viewer.look(page, "order open", ".timeline .now")
    page.locator("button.danger").first.click()
    viewer.look(page, "order cancel dialog", "dialog[open]")
    page.locator("dialog[open] button.danger").click()
    viewer.look(page, "order being cancelled", ".timeline .back")
    shop.is_paused = False
    viewer.look(page, "order cancelled", ".title-row .badge.bad")
    never = {"en-GB": "Nothing charged", "de-DE": "Nichts abgebucht"}
    expect(page.get_by_text(never[viewer.locale], exact=True)).to_be_visible()
    page.goto(f"/orders/{viewer.storefront.ended_order()}")
    viewer.look(page, "order fulfilled", ".title-row .badge.good")
    assert viewer.visitor.faults == []


def test_whole_order_in_the_console(viewer: Viewer) -> None:
    """With its stock, its events and a mail whose outcome is a long text."""
    world, order_id = viewer.storefront.shop.world, OrderId(viewer.storefront.ended_order())
    mailed(world, last_event(world, order_id), "failed: " + "ServiceUnavailableException" * 6)
    page = viewer.visitor.open()
    viewer.sign_in(page, "operator")
    page.goto(f"/console/orders/{order_id}")
    viewer.look(page, "console order", "#mails")
    assert viewer.visitor.faults == []


def test_page_without_a_network(viewer: Viewer) -> None:
    page = viewer.visitor.open()
    page.get_by_role("link", name="The MUG-RED").wait_for()
    viewer.visitor.context.set_offline(True)
    viewer.look(page, "offline", ".banner")
    viewer.visitor.context.set_offline(False)
    assert viewer.visitor.faults == []


def test_page_of_an_application_without_its_configuration(viewer: Viewer) -> None:
    page = viewer.visitor.context.new_page()
    page.route("**/config.json", lambda route: route.fulfill(status=500))
    page.goto("/")
    viewer.look(page, "unstartable", "main .notice")


def test_page_of_the_local_issuer(viewer: Viewer) -> None:
    page = viewer.visitor.open()
    page.get_by_role("banner").get_by_role("button", name=_SIGN_IN[viewer.locale]).click()
    viewer.look(page, "issuer", "button.person")


def test_every_page_of_the_application_is_looked_at() -> None:
    """The routes are found in the sources; this shows that the search still finds them."""
    assert {"/", "/products/:sku", "/orders/:orderId", "/console", "/console/stock"} <= set(_routes())
    assert {"/console/orders/:orders", "/console/queues/:queues"} <= set(_routes())
    assert all(_filled(path).count(":") == 0 for path in _routes())
