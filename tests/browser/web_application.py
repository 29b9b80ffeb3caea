"""The built web application with the local issuer, without an engine: the tests answer for the API."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from console.workspace import HOST, Workspace
from local import web_server
from local.web_server import Served, publish
from stacks import web_build
from tests.browser.servers import Issuer


@contextmanager
def served_application(folder: Path) -> Iterator[str]:
    """Serve the application, with `folder` as its workspace. Yields its address."""
    workspace = Workspace(folder)
    with web_server._Server(0, workspace) as server:
        port = server.server_address[1]
        with Issuer(web_port=port).running() as issuer:
            nothing = f"http://{HOST}:1"
            publish(workspace, Served(str(web_build.build()), nothing, issuer.url, f"ws://{HOST}:1/live"))
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield f"http://localhost:{port}"
            finally:
                server.shutdown()
                thread.join()


def open_as_operator(page: Page, address: str, path: str) -> None:
    """Open a page of the console, and sign in as the operator."""
    page.goto(address + path)
    page.get_by_role("main").get_by_role("button").click()
    page.get_by_text("Olivia Stone").click()
    page.get_by_role("banner").get_by_text("Olivia Stone").wait_for()
