"""A user with a browser profile in the web application. Errors of the pages are recorded."""

import re
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.support.browser import LAPTOP

# In milliseconds: a cold function on a busy machine may respond late.
PATIENCE = 90_000
_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`violates the content security policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


class Serving(Protocol):
    """Something that serves the application: a local run, or a test's own server."""

    @property
    def web(self) -> str | None:
        """The application's URL."""


class Visitor:
    """A browser profile: its pages, its storage, and the errors that the pages have logged."""

    def __init__(self, browser: Browser, instance: Serving, **options: Any) -> None:
        assert instance.web is not None
        self.origin = instance.web
        width, height = options.pop("size", LAPTOP)
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
