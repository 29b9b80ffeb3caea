"""A browser on the web application, which reports whatever goes wrong in its pages."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from local.environment import Instance

PHONE, DESK = (390, 844), (1440, 900)
# In milliseconds: a cold function on a busy machine may respond late.
PATIENCE = 90_000
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
_MISSING = (
    "there is no browser for the tests of the web application: install one "
    "(Debian: `apt-get install chromium`; elsewhere Chrome or Edge)"
)
_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`violates the content security policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


def installed_browser() -> str:
    """The path of an installed browser. Skips the test if there is none; in CI, it fails."""
    found = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(_MISSING, pytrace=False)
        pytest.skip(_MISSING)
    return found


@contextmanager
def started_browser() -> Iterator[Browser]:
    """A browser without windows."""
    program = installed_browser()
    expect.set_options(timeout=PATIENCE)
    # A sandbox needs more rights than a root user in a container has.
    options = ["--no-sandbox"] if os.getuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=options)
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """A person's browser profile: pages, what is stored, and the faults that the pages reported."""

    def __init__(self, browser: Browser, instance: Instance, **options: Any) -> None:
        assert instance.web is not None
        self.origin = instance.web
        width, height = options.pop("size", DESK)
        settings = {"locale": "en-GB", "timezone_id": "Europe/London", "reduced_motion": "reduce"}
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height}, base_url=self.origin, **settings | options
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.add_init_script(_REPORT_VIOLATIONS)
        self.faults: list[str] = []
        self.context.on("console", self._record)
        self.context.on("weberror", lambda error: self.faults.append(str(error.error)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def open(self, path: str = "/") -> Page:
        """Open a page in a new tab."""
        page = self.context.new_page()
        page.goto(path)
        return page

    def _record(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        # The browser also reports responses and lost connections that the application expects and shows.
        of_the_api = urlsplit(message.location.get("url", "")).path.startswith("/api/")
        if not (of_the_api and re.match("Failed to load resource", message.text)):
            self.faults.append(f"{message.type}: {message.text}")
