"""A browser for each module, and a fresh profile for each test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from local.environment import Instance
from tests.e2e.web.visitor import PATIENCE, Visitor
from tests.support.browser import started_browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for one module only: while it is open, no other test can start an event loop."""
    expect.set_options(timeout=PATIENCE)
    with started_browser() as browser:
        yield browser


@pytest.fixture
def visitor(browser: Browser, instance: Instance) -> Iterator[Visitor]:
    """A user with a new browser profile. The test fails if a page logs an error or violates its policy."""
    with Visitor(browser, instance) as visitor:
        yield visitor
        assert visitor.faults == []
