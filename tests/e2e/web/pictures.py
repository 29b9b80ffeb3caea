"""Makes the pictures of the web application in `docs/images` anew, on a local run of its own.

.venv/bin/python -m tests.e2e.web.pictures

Takes some minutes. Look at each picture before you commit it.
"""

from playwright.sync_api import Browser, expect

from local.environment import Instance
from tests.e2e.instances import running_instance
from tests.e2e.shop import Shop
from tests.e2e.web.signing_in import open_console
from tests.e2e.web.visitor import PATIENCE, Visitor
from tests.support.browser import started_browser
from tests.synth import PROJECT

_IMAGES = PROJECT / "docs" / "images"
_WIDTH = 1440


def _save(browser: Browser, instance: Instance, shop: Shop) -> None:
    """Make every picture."""
    with Visitor(browser, instance, size=(_WIDTH, 900)) as visitor:
        page = visitor.open()
        expect(page.locator(".card")).to_have_count(8)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=_IMAGES / "web-shop.png")
    ended = shop.customer("alice").order("MUG-RED", 2, payment_token="tok_capture_refused")
    with Visitor(browser, instance, size=(_WIDTH, 1240), color_scheme="dark") as visitor:
        page = open_console(visitor)
        page.get_by_label("Find an order").fill(str(ended.order_id))
        page.get_by_role("button", name="Find").click()
        page.locator(".saga").wait_for()
        page.screenshot(path=_IMAGES / "web-console.png")
    with Visitor(browser, instance, size=(_WIDTH, 1160)) as visitor:
        page = open_console(visitor)
        page.get_by_role("link", name="Break it").click()
        page.get_by_role("switch", name="Throttle the table").click()
        page.get_by_role("button", name="Place 100 orders at once").click()
        # Some have ended, and others are under way.
        expect(page.get_by_text("Calls refused:")).to_be_visible()
        expect(page.get_by_text("On its way")).to_be_visible()
        page.screenshot(path=_IMAGES / "web-break.png")
        page.get_by_role("button", name="End all faults").click()


if __name__ == "__main__":
    expect.set_options(timeout=PATIENCE)
    with running_instance("pictures") as instance, Shop(instance) as shop, started_browser() as browser:
        _save(browser, instance, shop)
