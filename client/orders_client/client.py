"""The client: one method for each route."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from math import inf
from typing import Any, Self
from uuid import uuid4

import httpx
import msgspec

from orders_client import _params
from orders_client._decode import Reader
from orders_client._transport import Call, Sender, Token
from orders_client.answers import (
    AnyOrder,
    Health,
    HttpInfo,
    OpenOrder,
    Order,
    OrderSummary,
    Product,
    Profile,
    Stock,
    StockEntry,
)
from orders_client.enums import OrderStatus
from orders_client.listing import Listing, OpenOrderPage, OrderPage, Page, ProductPage, StockPage
from orders_client.retrying import DEFAULT_RETRIES, Clock, Repeat, RetryPolicy
from orders_client.values import Address, Line, Money
from orders_client.version import VERSION
from orders_client.waiting import until_ended


class OrdersClient:
    """The HTTP API of the order backend.

        with OrdersClient("https://api.example.com", token) as client:
            order = client.place_order([Line("MUG-RED", 2)], "tok_ok", address)

    `token` is an access token, or a function that answers the present one: it is called for every request
    that needs one, so let it keep the token until shortly before it expires. `timeout` is in seconds, for
    each attempt; `retries` says how often and how long to try. `transport` replaces httpx's, `clock` the
    standard library's `time`: for tests. Threads may share a client.

    Every method raises ApiError when the request is refused, NoAnswer when no answer comes, and
    UnexpectedAnswer for one that is not the API's. Answers tell by `http` what came with them.
    """

    def __init__(
        self,
        base_url: str,
        token: Token | None = None,
        *,
        timeout: float = 15.0,
        retries: RetryPolicy = DEFAULT_RETRIES,
        transport: httpx.BaseTransport | None = None,
        clock: Clock = time,
    ) -> None:
        self._http = httpx.Client(
            base_url=_params.base_url(base_url),
            headers={
                "Accept": "application/json, application/problem+json",
                "User-Agent": f"orders-client/{VERSION}",
            },
            transport=transport,
        )
        self._api = Reader(Sender(self._http, token, timeout=timeout, retries=retries, clock=clock))
        self._clock = clock

    def __repr__(self) -> str:
        return f"OrdersClient({str(self._http.base_url)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; `with OrdersClient(...)` does it by itself."""
        self._http.close()

    # Orders

    def place_order(
        self,
        lines: Sequence[Line],
        payment_token: str,
        shipping_address: Address,
        *,
        expected_total: Money | None = None,
        idempotency_key: str | None = None,
    ) -> Order:
        """Place an order; it is PENDING, and `wait_for_order` follows it. Scope `orders:write`.

        One key makes one order, however often it is sent: give one of your own that you have stored (the
        id of the basket, say), and you can repeat the call after a crash. Without one the client makes
        one and uses it for all of its own retries; an error tells it as `idempotency_key`.
        `order.http.replayed` is True when the key had made the order before.

        `expected_total` is what the customer was shown and agreed to pay for all lines. When the order costs
        anything else, PriceChanged tells the present `lines` and `total`, and nothing was placed: if the
        customer agrees to that total, send it with the error's `idempotency_key`. Without it the order costs
        what the catalogue says.

        Raises PriceChanged, Unprocessable with the line's `field`, and IdempotencyKeyReused.
        """
        body = _params.given(
            lines=lines,
            paymentToken=payment_token,
            shippingAddress=shipping_address,
            expectedTotal=expected_total,
        )
        key = str(uuid4()) if idempotency_key is None else idempotency_key
        call = Call(method="POST", path="/orders", headers=_params.key(key), body=_json(body))
        return self._api.answer(call, Order)

    def get_order(self, order_id: str) -> Order:
        """One of your orders, with its history. Scope `orders:read`. Raises NotFound."""
        return self._order(order_id)

    def wait_for_order(self, order_id: str, *, deadline: float = 60.0) -> Order:
        """The order once it has come to its end: FULFILLED, REJECTED or CANCELLED. Scope `orders:read`.

        Looks again and again, at growing intervals, for `deadline` seconds. Raises OrderStillOpen.
        """
        return until_ended(lambda left: self._order(order_id, within=left), deadline, self._clock)

    def list_orders(
        self,
        *,
        status: OrderStatus | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Listing[OrderSummary]:
        """Your orders, newest first: those of a status, or of a time between two others. Scope `orders:read`.

        `limit` is the size of a page, 1 to 100; `cursor` is the `next` of the page to go on after, and
        wants the same filters. Raises BadRequest when the list is gone through.
        """
        query = _order_query(status, created_after, created_before, limit)
        return self._orders("/orders", query, cursor)

    def cancel_order(self, order_id: str) -> Order:
        """Ask for an order's end; it is CANCELLING, and `wait_for_order` follows it. Scope `orders:write`.

        To repeat it is safe. Raises TooLateToCancel and NotFound.
        """
        order_id = _params.segment("order_id", order_id)
        return self._api.answer(Call(method="POST", path=f"/orders/{order_id}/cancel"), Order)

    # Catalogue

    def list_products(self, *, limit: int | None = None, cursor: str | None = None) -> Listing[Product]:
        """The catalogue, by SKU. Open to everyone.

        `limit` is the size of a page, 1 to 100; `cursor` is the `next` of the page to go on after.
        """

        def read(cursor: str | None) -> Page[Product]:
            query = _params.query(limit=limit, cursor=cursor)
            call = Call(method="GET", path="/products", query=query, signed=False)
            return self._api.page(call, ProductPage, lambda page: (page.products, page.next))

        return Listing(read, cursor)

    def get_product(self, sku: str, *, known: Product | None = None) -> Product:
        """A product. Open to everyone. Raises NotFound.

        With the `known` product, read by this method before, nothing is sent over again while no newer
        one is there: the answer is `known`, and `http.status` 304. `available` is then as it was known.
        """
        if known is not None and known.sku != sku:
            raise ValueError(f"known is the product {known.sku!r}, not {sku!r}")
        return self._api.get_if_modified(Call(method="GET", path=_product(sku), signed=False), Product, known)

    def put_product(
        self,
        sku: str,
        name: str,
        price: Money,
        *,
        description: str | None = None,
        if_match: str | None = None,
    ) -> Product:
        """Enter a product, or with `if_match` change the one of that `http.etag`. Scope `products:write`.

        A change replaces the whole: without a description there is none afterwards. Raises
        PreconditionRequired for one that is there already, PreconditionFailed for one that has changed
        since, Unprocessable.
        """
        body = _params.given(name=name, price=price, description=description)
        return self._api.answer(_change(_product(sku), body, if_match), Product)

    def delete_product(self, sku: str, *, if_match: str | None) -> HttpInfo:
        """Take a product of that `http.etag` out of the catalogue. Scope `products:write`.

        Raises NotFound, PreconditionFailed, and StockIsHeld while open orders hold units of it.
        """
        call = Call(
            method="DELETE",
            path=_product(sku),
            headers=_params.match(if_match),
            repeat=Repeat.ONLY_IF_NOT_APPLIED,
        )
        return self._api.done(call)

    def receive_stock(
        self, sku: str, received: int, *, reason: str | None = None, idempotency_key: str
    ) -> Stock:
        """Take units of a product into stock, once for each key. Scope `products:write`.

        Name what came in by the key (the number of the delivery), so that it is never counted twice.
        Raises NotFound, Unprocessable, and IdempotencyKeyReused for another number of units.
        """
        entry = _params.given(received=received, reason=reason)
        return self._enter(sku, entry, idempotency_key)

    def adjust_stock(self, sku: str, adjusted: int, reason: str, *, idempotency_key: str) -> Stock:
        """Put a wrong count right, once for each key: `-3` takes three units out. Scope `products:write`.

        Only units that are available can be taken out: NotEnoughStock tells how many are, and nothing was
        changed. Raises that, NotFound, Unprocessable, and IdempotencyKeyReused for another entry.
        """
        return self._enter(sku, {"adjusted": adjusted, "reason": reason}, idempotency_key)

    def get_stock(self, sku: str) -> Stock:
        """The units of a product: how many came in, are available, held and shipped. Scope `products:write`.

        Raises NotFound.
        """
        call = Call(method="GET", path=f"{_product(sku)}/stock", query={"limit": "1"})
        page = self._api.answer(call, StockPage)
        return msgspec.structs.replace(page.stock, http=page.http)

    def list_stock_entries(
        self, sku: str, *, limit: int | None = None, cursor: str | None = None
    ) -> Listing[StockEntry]:
        """How a product's stock came to be so much, the newest entry first. Scope `products:write`.

        It outlives the product. `limit` is the size of a page, 1 to 100; `cursor` is the `next` of the page
        to go on after. Raises NotFound when the list is gone through.
        """
        path = f"{_product(sku)}/stock"

        def read(cursor: str | None) -> Page[StockEntry]:
            call = Call(method="GET", path=path, query=_params.query(limit=limit, cursor=cursor))
            return self._api.page(call, StockPage, lambda page: (page.entries, page.next))

        return Listing(read, cursor)

    # The caller's profile

    def get_profile(self, *, known: Profile | None = None) -> Profile:
        """Your profile. Scope `customers:read`. Raises NotFound. `known` as for `get_product`."""
        return self._api.get_if_modified(Call(method="GET", path="/customers/me"), Profile, known)

    def put_profile(
        self, email: str, *, address: Address | None = None, if_match: str | None = None
    ) -> Profile:
        """Enter your profile, or with `if_match` change the one of that `http.etag`. Scope `customers:write`.

        A change replaces the whole: without an address there is none afterwards. Raises
        PreconditionRequired, PreconditionFailed, Unprocessable.
        """
        body = _params.given(email=email, address=address)
        return self._api.answer(_change("/customers/me", body, if_match), Profile)

    def delete_profile(self) -> HttpInfo:
        """Remove your profile, and the addresses of your closed orders. Scope `customers:write`.

        To repeat it is safe. The answer's status is 204 once it is all done, and 202 where there are so many
        orders that it takes longer: the profile is gone then, and the service removes the rest later.
        """
        return self._api.done(Call(method="DELETE", path="/customers/me"))

    # Administrators' reads

    def admin_get_order(self, order_id: str) -> AnyOrder:
        """Anybody's order, and whose it is. Scope `orders:admin`. Raises NotFound."""
        order_id = _params.segment("order_id", order_id)
        return self._api.answer(Call(method="GET", path=f"/admin/orders/{order_id}"), AnyOrder)

    def admin_list_orders(
        self,
        customer_id: str,
        *,
        status: OrderStatus | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Listing[OrderSummary]:
        """A customer's orders, as `list_orders` gives them their own. Scope `orders:admin`."""
        path = f"/admin/customers/{_params.segment('customer_id', customer_id)}/orders"
        query = _order_query(status, created_after, created_before, limit)
        return self._orders(path, query, cursor)

    def admin_list_open_orders(
        self, *, open_for_minutes: int | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Listing[OpenOrder]:
        """Open orders that have not moved for so long, the longest first. Scope `orders:admin`.

        The API takes 15 minutes unless it is told otherwise. `limit` is the size of a page, 1 to 100;
        `cursor` is the `next` of the page to go on after, and wants the same minutes.
        """
        query = _params.query(openForMinutes=open_for_minutes, limit=limit)

        def read(cursor: str | None) -> Page[OpenOrder]:
            call = Call(method="GET", path="/admin/orders", query={**query, **_params.query(cursor=cursor)})
            return self._api.page(call, OpenOrderPage, lambda page: (page.orders, page.next))

        return Listing(read, cursor)

    # The API itself

    def get_health(self) -> Health:
        """Whether the API can do its work. Open to everyone. Raises ServerFault when it cannot."""
        return self._api.answer(Call(method="GET", path="/health", signed=False), Health)

    def _enter(self, sku: str, entry: Mapping[str, Any], idempotency_key: str) -> Stock:
        call = Call(
            method="POST",
            path=f"{_product(sku)}/stock",
            headers=_params.key(idempotency_key),
            body=_json(entry),
        )
        return self._api.answer(call, Stock)

    def _order(self, order_id: str, within: float = inf) -> Order:
        path = f"/orders/{_params.segment('order_id', order_id)}"
        return self._api.answer(Call(method="GET", path=path), Order, within)

    def _orders(self, path: str, query: Mapping[str, str], cursor: str | None) -> Listing[OrderSummary]:
        def read(cursor: str | None) -> Page[OrderSummary]:
            call = Call(method="GET", path=path, query={**query, **_params.query(cursor=cursor)})
            return self._api.page(call, OrderPage, lambda page: (page.orders, page.next))

        return Listing(read, cursor)


def _order_query(
    status: OrderStatus | None,
    created_after: datetime | None,
    created_before: datetime | None,
    limit: int | None,
) -> dict[str, str]:
    return _params.query(
        status=status,
        createdAfter=_params.time("created_after", created_after),
        createdBefore=_params.time("created_before", created_before),
        limit=limit,
    )


def _product(sku: str) -> str:
    return f"/products/{_params.segment('sku', sku)}"


def _change(path: str, body: Any, if_match: str | None) -> Call:
    headers = _params.match(if_match) if if_match is not None else {}
    return Call(method="PUT", path=path, headers=headers, body=_json(body), repeat=Repeat.ONLY_IF_NOT_APPLIED)


def _json(body: Any) -> bytes:
    return msgspec.json.encode(body)
