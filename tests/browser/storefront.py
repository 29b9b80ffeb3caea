"""The web application for a browser, with the API in memory and the local issuer. Nothing is deployed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from console.workspace import HOST, Workspace
from local import web_server
from local.web_server import Served, publish
from orders_client import Address, Line, OrderStatus
from stacks import web_build
from tests.browser.servers import Api, Issuer
from tests.client.shop import Shop
from tests.e2e.web.visitor import Visitor


class Storefront:
    """Where the application is, and what is behind it."""

    def __init__(self, web: str, api: Api, issuer: Issuer, shop: Shop) -> None:
        self.web: str | None = web
        self.api = api
        self.issuer = issuer
        self.shop = shop

    @contextmanager
    def visited(self, browser: Browser, **options: Any) -> Iterator[Visitor]:
        """A user with a new browser profile. There is no WebSocket API: pages poll."""
        config = {
            "stage": "local",
            "apiUrl": web_server.API,
            "issuer": self.issuer.url,
            "clientId": web_server.CLIENT_ID,
            "scopes": web_server.SCOPES,
        }
        with Visitor(browser, self, **options) as visitor:
            visitor.context.route("**/config.json", lambda route: route.fulfill(json=config))
            try:
                yield visitor
            finally:
                self.api.released.set()

    def placed(self) -> int:
        """Returns how many orders there are."""
        return sum(item["SK"] == "ORDER" for item in self.shop.world.items())

    def place(self, sku: str = "MUG-RED") -> str:
        """Place an order of alice's, without a browser; returns its id."""
        address = Address(
            name="Ada", line1="7 Heron Steps", city="Zwolle", postal_code="8011 VK", country="NL"
        )
        alice = self.shop.client("alice")
        lines = [Line(sku, 2)]
        return alice.place_order(lines, payment_token="tok_ok", shipping_address=address).order_id

    def ended_order(self) -> str:
        """Place an order of alice's, and take it to its end; returns its id."""
        order_id, alice = self.place(), self.shop.client("alice")
        while alice.get_order(order_id).status != OrderStatus.FULFILLED:
            continue
        return order_id

    def responses(self, method: str, path: str) -> list[int]:
        """Returns the statuses of the responses to the requests of a path, in their order."""
        return [status for sent, at, _, status in self.api.sent if (sent, at) == (method, path)]


@contextmanager
def storefront_served(workspace: Path, api: Api, issuer: Issuer, shop: Shop) -> Iterator[Storefront]:
    """Serve the application."""
    folder = Workspace(workspace)
    # No page connects to it: see `visited`.
    publish(folder, Served(str(web_build.build()), api.url, issuer.url, f"ws://{HOST}:1/live"))
    with web_server._Server(0, folder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            port = issuer.web_port = server.server_address[1]
            yield Storefront(f"http://localhost:{port}", api, issuer, shop)
        finally:
            server.shutdown()
            thread.join()
