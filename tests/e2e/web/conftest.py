"""A browser for each module, and a fresh profile for each test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from local.environment import Instance
from tests.e2e.web.visitor import PATIENCE, Visitor
from tests.support.browser import started_browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser. Not for the whole run: while it is open, no other test could start an event loop."""
    expect.set_options(timeout=PATIENCE)
    with started_browser() as browser:
        yield browser


@pytest.fixture
def visitor(browser: Browser, instance: Instance) -> Iterator[Visitor]:
    """A person with a new profile; the test fails if a page reports an error or breaks its policy."""
    with Visitor(browser, instance) as visitor:
        yield visitor
        assert visitor.faults == []
