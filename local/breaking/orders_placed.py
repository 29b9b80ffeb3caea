"""Orders that the page places, as a customer of its own would: over HTTP, retried with the same key."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from uuid import uuid4

from local import sample
from local.breaking.engine_access import BreakableApp
from local.web import call
from ordering.domain.identity import customer_id

SCOPES = "orders:read orders:write"
# An order in so many is sent twice with one key, as a customer does who has not seen the response.
_SENT_TWICE = 5
_AT_ONCE = 4
_GIVE_UP_SECONDS = 300.0
_PAUSE_SECONDS = 0.5
_REQUEST_SECONDS = 120.0


@dataclass
class Placed:
    """One key that was used: the order ids that the API has returned for it, and the total agreed to."""

    ids: set[str] = field(default_factory=set)
    total: int = 0
    requests: int = 0


class OrdersPlaced:
    """Places orders in the background, and keeps what the API has returned for each key."""

    def __init__(self, app: BreakableApp) -> None:
        self._app = app
        self._subject = f"break-it-{uuid4().hex[:8]}"
        self.customer_id = customer_id(app.outputs["Issuer"], self._subject)
        self._lock = Lock()
        self._entering = Lock()
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="orders")
        self._placed: dict[str, Placed] = {}
        self._prices: dict[str, int] = {}
        self.wanted = 0
        self.given_up = 0

    @property
    def placed(self) -> list[Placed]:
        """What was placed so far."""
        with self._lock:
            return list(self._placed.values())

    @property
    def waiting(self) -> int:
        """How many orders are still to be placed."""
        with self._lock:
            return self.wanted - len(self._placed) - self.given_up

    def place(self, count: int) -> None:
        """Place so many orders in the background, each under a key of its own."""
        with self._lock:
            self.wanted += count
        for _ in range(count):
            self._pool.submit(self._place_one)

    def place_now(self) -> str:
        """Place one order; returns its id. Raises OSError if the API does not accept it in time."""
        with self._lock:
            self.wanted += 1
        if (order_id := self._place_one()) is None:
            raise OSError("the API has not accepted an order")
        return order_id

    def close(self) -> None:
        """Place no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _place_one(self) -> str | None:
        key = uuid4().hex
        order_id: str | None = None
        try:
            body = self._order()
            for _ in range(2 if random.randrange(_SENT_TWICE) == 0 else 1):  # noqa: S311
                order_id = self._send(key, body) or order_id
        finally:
            with self._lock:
                self.given_up += order_id is None
        return order_id

    def _send(self, key: str, body: dict[str, Any]) -> str | None:
        """Place an order, or place it again; returns its id, or None if there was none in time."""
        deadline = time.monotonic() + _GIVE_UP_SECONDS
        while time.monotonic() < deadline:
            try:
                response = call(
                    "POST",
                    f"{self._app.outputs['ApiUrl']}/orders",
                    token=self._app.token(self._subject, SCOPES),
                    body=body,
                    headers={"Idempotency-Key": key},
                    timeout=_REQUEST_SECONDS,
                )
            except OSError:
                time.sleep(_PAUSE_SECONDS)
                continue
            if response.status in (200, 202):
                order_id = str(response.body["orderId"])
                with self._lock:
                    placed = self._placed.setdefault(key, Placed())
                    placed.ids.add(order_id)
                    placed.total = body["expectedTotal"]["amount"]
                    placed.requests += 1
                return order_id
            if response.status < 500 and response.status not in (408, 429):
                # Refused; if it was the total, the prices are read again.
                self._prices = {}
                return None
            time.sleep(_PAUSE_SECONDS)
        return None

    def _order(self) -> dict[str, Any]:
        """Returns an order of one to three of the sample products, at the prices that the shop shows."""
        prices = self._shown_prices()
        lines: list[dict[str, Any]] = [
            {"sku": sku, "quantity": random.choice((1, 1, 2))}  # noqa: S311
            for sku in random.sample(sorted(prices), random.choice((1, 1, 2, 3)))  # noqa: S311
        ]
        total = sum(prices[line["sku"]] * line["quantity"] for line in lines)
        return sample.ORDER | {"lines": lines, "expectedTotal": {"amount": total, "currency": "EUR"}}

    def _shown_prices(self) -> dict[str, int]:
        """Returns the sample products' prices. The first time, missing ones are entered."""
        with self._entering:
            if not self._prices:
                api = self._app.outputs["ApiUrl"]
                sample.stock_catalogue(api, self._app.token("staff", "products:write"))
                self._prices = {
                    each.sku: call("GET", f"{api}/products/{each.sku}").body["price"]["amount"]
                    for each in sample.CATALOGUE
                }
            return self._prices
