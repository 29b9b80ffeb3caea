"""Lists that the API answers page by page."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from orders_client.answers import Answer, OpenOrder, OrderSummary, Part, Product, Stock, StockEntry

A = TypeVar("A", bound=Answer)


class Page(Answer, Generic[A], frozen=True, kw_only=True):
    """Some of a list; `next` is the cursor of the page after this one, None on the last.

    A page may hold fewer items than were asked for, even none, and still not be the last.
    """

    items: tuple[A, ...]
    next: str | None = None
    unreadable: tuple[str, ...] = ()
    """What is there, and cannot be shown at present: ids of orders, SKUs of products, keys of entries."""


class Listing(Generic[A]):
    """A list, read as it is gone through: `for order in client.list_orders(): ...`.

    Nothing is sent before the first item is asked for, and each `for` begins anew.
    """

    def __init__(self, read: Callable[[str | None], Page[A]], cursor: str | None) -> None:
        self._read = read
        self._cursor = cursor

    def __iter__(self) -> Iterator[A]:
        """Every item, over however many pages they come."""
        for page in self.pages():
            yield from page.items

    def pages(self) -> Iterator[Page[A]]:
        """Page by page: to show one, and to go on later from its `next`."""
        page = self._read(self._cursor)
        yield page
        while page.next is not None:
            page = self._read(page.next)
            yield page


class OrderPage(Part, frozen=True):
    """A page of orders as the API writes it."""

    orders: tuple[OrderSummary, ...]
    next: str | None = None
    unreadable: tuple[str, ...] = ()


class OpenOrderPage(Part, frozen=True):
    """A page of open orders as the API writes it."""

    orders: tuple[OpenOrder, ...]
    next: str | None = None
    unreadable: tuple[str, ...] = ()


class ProductPage(Part, frozen=True):
    """A page of products as the API writes it."""

    products: tuple[Product, ...]
    next: str | None = None
    unreadable: tuple[str, ...] = ()


class StockPage(Answer, frozen=True, kw_only=True):
    """A product's stock and a page of its ledger, as the API writes them."""

    stock: Stock
    entries: tuple[StockEntry, ...]
    next: str | None = None
    unreadable: tuple[str, ...] = ()
