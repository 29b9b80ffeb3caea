"""Finds a browser on this computer, and opens its pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
MISSING = (
    "there is no browser: install Chromium (`apt-get install chromium`), Chrome or Edge, or run "
    "`.venv/bin/playwright install chromium`"
)
PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1440, "height": 900}


def program(playwright: Playwright) -> str | None:
    """Returns the path of a browser; None if there is none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    own = playwright.chromium.executable_path
    return found or (own if Path(own).exists() else None)


def launch(playwright: Playwright, path: str) -> Browser:
    """Returns a browser without a window."""
    # Chromium refuses to start its sandbox as root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=path, args=arguments)


@contextmanager
def page_of(browser: Browser, size: dict[str, int] | None = None, *, dark: bool = False) -> Iterator[Page]:
    """A page in a browser profile of its own. At its end, it must have reported no error.

    Those are errors of scripts, and what a content security policy has blocked.
    """
    width, height = (size or LAPTOP)["width"], (size or LAPTOP)["height"]
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
