"""Lists that the API returns in pages."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from orders_client.responses import (
    ApiResponse,
    OpenOrder,
    OrderSummary,
    Part,
    Product,
    SalesTotal,
    Stock,
    StockEntry,
    WebhookDelivery,
)

A = TypeVar("A", bound=ApiResponse)


class Page(ApiResponse, Generic[A], frozen=True, kw_only=True):
    """A page of a list. `next` is the cursor of the next page, None on the last page.

    A page may have fewer items than `limit`, or none, and still not be the last.
    """

    items: tuple[A, ...]
    next: str | None = None
    unreadable: tuple[str, ...] = ()
    """Items that cannot be shown at present: ids of orders and events, SKUs, keys of ledger entries."""


class Listing(Generic[A]):
    """A list that is read while you iterate: `for order in client.list_orders(): ...`.

    The first request is sent when the iteration starts. Each `for` loop reads the list again.
    """

    def __init__(self, read: Callable[[str | None], Page[A]], cursor: str | None) -> None:
        self._read = read
        self._cursor = cursor

    def __iter__(self) -> Iterator[A]:
        """Yield the items of all pages."""
        for page in self.pages():
            yield from page.items

    def pages(self) -> Iterator[Page[A]]:
        """Yield the pages. You can continue later from the `next` of a page."""
        page = self._read(self._cursor)
        yield page
        while page.next is not None:
            page = self._read(page.next)
            yield page


class OrderPage(Part, frozen=True):
    """A page of orders in the format of the API."""

    orders: tuple[OrderSummary, ...]
    next: str | None = None
    unreadable: tuple[str, ...] = ()


class SalesPage(Part, frozen=True):
    """A page of totals in the format of the API."""

    totals: tuple[SalesTotal, ...]
    next: str | None = None


class OpenOrderPage(Part, frozen=True):
    """A page of open orders in the format of the API."""

    orders: tuple[OpenOrder, ...]
    next: str | None = None
    unreadable: tuple[str, ...] = ()


class ProductPage(Part, frozen=True):
    """A page of products in the format of the API."""

    products: tuple[Product, ...]
    next: str | None = None
    unreadable: tuple[str, ...] = ()


class StockPage(ApiResponse, frozen=True, kw_only=True):
    """A product's stock and a page of its ledger, in the format of the API."""

    stock: Stock
    entries: tuple[StockEntry, ...]
    next: str | None = None
    unreadable: tuple[str, ...] = ()


class WebhookDeliveryPage(Part, frozen=True):
    """A page of the deliveries of a webhook endpoint in the format of the API."""

    deliveries: tuple[WebhookDelivery, ...]
    next: str | None = None
    unreadable: tuple[str, ...] = ()
