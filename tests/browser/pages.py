"""Opens pages in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from tests.support.browser import LAPTOP


@contextmanager
def page_of(browser: Browser, size: tuple[int, int] = LAPTOP, *, dark: bool = False) -> Iterator[Page]:
    """A page in a browser profile of its own. At its end, it must have reported no error.

    Those are errors of scripts, and what a content security policy has blocked.
    """
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
    )
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on(
        "console",
        # A response of 4xx is logged, too.
        lambda said: (
            errors.append(said.text)
            if said.type == "error" and "Failed to load resource" not in said.text
            else None
        ),
    )
    try:
        yield context.new_page()
        assert errors == []
    finally:
        context.close()


def overflowing(page: Page) -> list[str]:
    """Returns the visible elements beyond the right edge of the window, unless an element clips them."""
    found: list[str] = page.evaluate(
        """() => {
          const wide = [], edge = document.documentElement.clientWidth + 1;
          const clipped = (element) => {
            let each = element.parentElement;
            for (; each && each !== document.body; each = each.parentElement) {
              if (["auto", "scroll", "hidden"].includes(getComputedStyle(each).overflowX)) return true;
            }
            return false;
          };
          for (const each of document.body.querySelectorAll("*")) {
            const box = each.getBoundingClientRect();
            if (box.width > 0 && box.height > 0 && box.right > edge && !clipped(each)) {
              wide.push(`${each.tagName.toLowerCase()}.${each.className} ${Math.round(box.right)}`);
            }
          }
          const whole = document.documentElement.scrollWidth;
          if (whole > edge) wide.push(`page ${whole}`);
          return wide;
        }"""
    )
    return found
