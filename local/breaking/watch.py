"""Reads the books at most once a second, and only while somebody looks at them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from threading import Lock
from typing import Any

from console.books.violation import Violation
from local.breaking.book_copy import BookCopy, BooksLost
from local.breaking.engine_access import BreakableApp
from local.breaking.guarantees import Books, violations_of_placed
from local.breaking.orders_placed import OrdersPlaced
from local.breaking.provider_records import records_of
from local.breaking.published_log import PublishedLog
from local.web import call
from ordering.domain.clock import now
from ordering.domain.order import Status

_EVERY_SECONDS = 1.0
_PROBE_EVERY_SECONDS = 5.0
_SHOWN_ORDERS = 300
_STOCK = ("received", "adjusted", "available", "held", "shipped")


class BookWatch:
    """The books of one deployment, and what they say about the guarantees."""

    def __init__(self, app: BreakableApp, placed: OrdersPlaced) -> None:
        self._app = app
        self._placed = placed
        self._published = PublishedLog(app)
        self._books = Books(BookCopy(app))
        self._lock = Lock()
        self._read_at = 0.0
        self._probed_at = 0.0
        self._probes = 0
        self._seen_by_strangers: dict[str, Violation] = {}
        self._report: dict[str, Any] = {}

    def report(self) -> dict[str, Any]:
        """Returns what the books say, at most a second old."""
        with self._lock:
            if time.monotonic() - self._read_at >= _EVERY_SECONDS:
                try:
                    self._read()
                except BooksLost:
                    self._books = Books(BookCopy(self._app))
                    self._read()
                self._read_at = time.monotonic()
            return self._report

    def open_orders(self) -> list[str]:
        """Returns the ids of the orders that have not ended, as of the last reading."""
        with self._lock:
            return [order_id for order_id, each in self._books.orders.items() if not each.status.is_terminal]

    def _read(self) -> None:
        # Before the table, so that every order of a response is in it.
        placed = self._placed.placed
        keys_used = self._placed.wanted
        to_read = self._books.take_changes()
        self._books.take_records(records_of(self._app, to_read), to_read)
        self._books.take_published(self._published.ids())
        self._probe()
        self._books.confirm(
            [
                *violations_of_placed(
                    placed,
                    self._books,
                    customer_id=self._placed.customer_id,
                    keys_used=keys_used,
                ),
                *self._seen_by_strangers.values(),
            ]
        )
        self._report = {
            "at": now(),
            "guarantees": [asdict(each) for each in self._books.judge(placed, self._probes)],
            "orders": {"total": len(self._books.orders), "open": self._books.open},
            "statuses": dict(self._books.by_status),
            "recent": list(self._recent()),
            "stock": {
                name: sum(getattr(stock, name) for stock in self._books.stock.stocks) for name in _STOCK
            },
            "money": list(self._money()),
        }

    def _recent(self) -> Iterator[dict[str, str]]:
        newest = sorted(self._books.orders.items(), key=lambda each: each[1].created_at)[-_SHOWN_ORDERS:]
        for order_id, order in newest:
            yield {"id": order_id, "status": order.status.value}

    def _money(self) -> Iterator[dict[str, Any]]:
        """Yields for each currency what was charged, and what it was charged for, in minor units."""
        orders = self._books.orders.values()
        for currency in sorted({order.currency for order in orders}):
            own = [order for order in orders if order.currency == currency]
            refunded = sum(order.provider.refunded for order in own)
            yield {
                "currency": currency,
                "charged": sum(order.provider.captured for order in own),
                "delivered": sum(
                    order.total
                    for order in own
                    if order.status is Status.FULFILLED and not order.provider.refunded
                ),
                "refunded": refunded,
                "underway": sum(
                    order.provider.captured - order.provider.refunded
                    for order in own
                    if not order.status.is_terminal
                ),
            }

    def _probe(self) -> None:
        """Ask for the newest order as a stranger, and as nobody: guarantee 6."""
        if not self._books.orders or time.monotonic() - self._probed_at < _PROBE_EVERY_SECONDS:
            return
        newest = max(self._books.orders, key=lambda order_id: self._books.orders[order_id].created_at)
        for token, refusals in ((self._app.token("stranger", "orders:read"), (404,)), (None, (401, 403))):
            try:
                url = f"{self._app.outputs['ApiUrl']}/orders/{newest}"
                status = call("GET", url, token=token, timeout=10).status
            except OSError:
                # No response shows nothing.
                return
            if status < 300:
                what = f"was shown to a stranger, with status {status}"
                self._seen_by_strangers[newest] = Violation(6, f"order {newest}", what)
            self._probes += status in refusals
        self._probed_at = time.monotonic()
