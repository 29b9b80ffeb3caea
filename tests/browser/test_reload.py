"""`make watch` and an open page of the web application: the page reloads when another build is served."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from console.workspace import HOST, Workspace
from local import web_server
from local.web_server import Served, end_watching, publish, publish_watched
from stacks import web_build

# The routes of the API and the issuer, which a page does not need in order to reload.
_ELSEWHERE = "**/api/**"
# In milliseconds. The page asks every second.
_PATIENCE = 30_000


@pytest.fixture
def builds(tmp_path: Path) -> tuple[Path, Path]:
    """The folders of two builds."""
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        shutil.copytree(web_build.build(), folder)
    return first, second


@pytest.fixture
def workspace(tmp_path: Path, builds: tuple[Path, Path]) -> Workspace:
    """A workspace whose server serves the first build, while `make watch` runs."""
    workspace = Workspace(tmp_path)
    publish(workspace, Served(str(builds[0]), f"http://{HOST}:1", f"http://{HOST}:1", f"ws://{HOST}:1/live"))
    publish_watched(workspace, builds[0])
    return workspace


@pytest.fixture
def page(browser: Browser, workspace: Workspace) -> Iterator[Page]:
    """The open application."""
    with web_server._Server(0, workspace) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        with browser.new_context() as context:
            page = context.new_page()
            page.route(_ELSEWHERE, _no_products)
            page.goto(f"http://localhost:{server.server_address[1]}/")
            yield page
        server.shutdown()
        thread.join()


def _no_products(route: Route) -> None:
    route.fulfill(json={"products": []})


def test_open_page_loads_each_build_until_watching_ends(
    page: Page, workspace: Workspace, builds: tuple[Path, Path]
) -> None:
    with page.expect_event("load", timeout=_PATIENCE):
        publish_watched(workspace, builds[1])
    with page.expect_event("load", timeout=_PATIENCE):
        end_watching(workspace)
