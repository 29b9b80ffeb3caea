"""Finds a browser on this computer and starts it, for the tests of pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
_MISSING = (
    "there is no browser: install Chromium (`apt-get install chromium`), Chrome or Edge, or run "
    "`.venv/bin/playwright install chromium`"
)
PHONE, LAPTOP = (390, 844), (1440, 900)
"""The width and the height of a window."""


@contextmanager
def started_browser() -> Iterator[Browser]:
    """A browser without windows. Skips the test if there is none; in CI, it fails."""
    # Chromium refuses to start its sandbox as root.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        program = _installed(playwright)
        if program is None:
            if os.environ.get("CI"):
                pytest.fail(_MISSING, pytrace=False)
            pytest.skip(_MISSING)
        browser = playwright.chromium.launch(executable_path=program, args=options)
        try:
            yield browser
        finally:
            browser.close()


def _installed(playwright: Playwright) -> str | None:
    """Returns the path of a browser; None if there is none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    own = playwright.chromium.executable_path
    return found or (own if Path(own).exists() else None)
