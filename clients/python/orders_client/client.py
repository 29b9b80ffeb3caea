"""The client, with one method for each route."""

import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from math import inf
from typing import Any, Self
from uuid import uuid4

import httpx
import msgspec

from orders_client import _params
from orders_client._decode import Reader
from orders_client._transport import Call, Sender, Token
from orders_client.enums import ImageType, Language, MetricPeriod, OrderStatus, SalesBy
from orders_client.listing import (
    Listing,
    OpenOrderPage,
    OrderPage,
    Page,
    ProductPage,
    SalesPage,
    StockPage,
    WebhookDeliveryPage,
)
from orders_client.responses import (
    AnyOrder,
    DeadLetters,
    Export,
    Health,
    HttpInfo,
    Images,
    Metrics,
    OpenOrder,
    Order,
    OrderSummary,
    Product,
    Profile,
    Queues,
    Redrive,
    SalesTotal,
    Stock,
    StockEntry,
    UploadForm,
    WebhookDelivery,
    Webhooks,
    WebhookWithSecret,
)
from orders_client.retrying import DEFAULT_RETRIES, Clock, Repeat, RetryPolicy
from orders_client.values import Address, Line, Money
from orders_client.version import VERSION
from orders_client.waiting import until_ended


class OrdersClient:
    """A client of the order backend's HTTP API.

    For example:

        with OrdersClient("https://api.example.com", token) as client:
            order = client.place_order([Line("MUG-RED", 2)], "tok_ok", address)

    `token` is an access token, or a function that returns one. The function is called for every request that
    needs a token, so it should cache the token until shortly before it expires. `timeout` is in seconds and
    applies to each attempt. `retries` sets how often and for how long a request is retried. For tests,
    `transport` replaces the transport of httpx, and `clock` replaces the standard library's `time`. Several
    threads may share a client.

    Every method raises ApiError if the request is refused, NoResponse if there is no response, and
    UnexpectedResponse if the response is not from the API. The attribute `http` of a returned value contains
    the status and the headers of the response.
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
        """Close the connections. `with OrdersClient(...)` does this at its end."""
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
        """Place an order and return it as PENDING. Scope `orders:write`.

        `wait_for_order` waits until the order has ended.

        An `idempotency_key` places one order, however often it is sent. If you pass a key that you have
        stored (for example the id of the basket), you can repeat the call after a crash. Otherwise the client
        generates a key and uses it for its own retries; if the call fails, the error has it as
        `idempotency_key`. `order.http.replayed` is True if an earlier request with this key placed the order.

        `expected_total` is the total for all lines that the customer agreed to pay. If the order costs
        something else, PriceChanged is raised with the current `lines` and `total`, and nothing is placed. If
        the customer agrees to the new total, send it with the `idempotency_key` of the error. Without
        `expected_total`, the order is placed at the catalogue's prices.

        Raises PriceChanged, Unprocessable with the `field` of the line, and IdempotencyKeyReused.
        """
        body = _params.given(
            lines=lines,
            paymentToken=payment_token,
            shippingAddress=shipping_address,
            expectedTotal=expected_total,
        )
        key = str(uuid4()) if idempotency_key is None else idempotency_key
        call = Call(method="POST", path="/orders", headers=_params.key(key), body=_json(body))
        return self._api.call(call, Order)

    def get_order(self, order_id: str) -> Order:
        """Return one of your orders, with its history. Scope `orders:read`. Raises NotFound."""
        return self._order(order_id)

    def wait_for_order(self, order_id: str, *, deadline: float = 60.0) -> Order:
        """Wait until the order is FULFILLED, REJECTED or CANCELLED, and return it. Scope `orders:read`.

        Reads the order at increasing intervals, for up to `deadline` seconds. Raises OrderStillOpen.
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
        """List your orders, newest first, filtered by status and time. Scope `orders:read`.

        `limit` is the size of a page, 1 to 100. `cursor` is the `next` of an earlier page, and must be sent
        with the same filters. BadRequest is raised while you iterate.
        """
        query = _order_query(status, created_after, created_before, limit)
        return self._orders("/orders", query, cursor)

    def cancel_order(self, order_id: str) -> Order:
        """Cancel an order and return it as CANCELLING. Scope `orders:write`.

        `wait_for_order` waits until it has ended. The call can be repeated safely. Raises TooLateToCancel and
        NotFound.
        """
        order_id = _params.segment("order_id", order_id)
        return self._api.call(Call(method="POST", path=f"/orders/{order_id}/cancel"), Order)

    # Catalogue

    def list_products(
        self,
        *,
        category: str | None = None,
        active: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Listing[Product]:
        """List the products that can be ordered, sorted by SKU. Open to everyone.

        `category` selects the products of one category, and `active=False` those that cannot be ordered.
        `limit` is the size of a page, 1 to 100. `cursor` is the `next` of an earlier page of the same list.
        """

        def read(cursor: str | None) -> Page[Product]:
            query = _params.query(category=category, active=active, limit=limit, cursor=cursor)
            call = Call(method="GET", path="/products", query=query, signed=False)
            return self._api.page(call, ProductPage, lambda page: (page.products, page.next, page.unreadable))

        return Listing(read, cursor)

    def get_product(self, sku: str, *, known: Product | None = None) -> Product:
        """Return a product. Open to everyone. Raises NotFound.

        `known` is a product that this method returned earlier. If it has not changed, its content is not
        transferred again: the method returns `known` with `http.status` 304. `available` is then not updated.
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
        low_stock_at: int | None = None,
        category: str | None = None,
        attributes: Mapping[str, str | int | float | bool] | None = None,
        active: bool = True,
        stock_shards: int | None = None,
        if_match: str | None = None,
    ) -> Product:
        """Create a product, or update the version with this `http.etag`. Scope `products:write`.

        `if_match` is the `http.etag` of the version to update; without it, a product is created. An update
        replaces the whole product: without `description`, `category`, `attributes` or `low_stock_at`, these
        are removed, and without `stock_shards` its stock is one item. An inactive product cannot be ordered.

        Raises PreconditionRequired if the product exists and `if_match` is missing, PreconditionFailed if the
        product has changed since it was read, and Unprocessable.
        """
        body = _params.given(
            name=name,
            price=price,
            description=description,
            lowStockAt=low_stock_at,
            category=category,
            attributes=attributes,
            active=None if active else False,
            stockShards=stock_shards,
        )
        return self._api.call(_change(_product(sku), body, if_match), Product)

    def delete_product(self, sku: str, *, if_match: str | None) -> HttpInfo:
        """Delete the version of a product with this `http.etag`. Scope `products:write`.

        Raises NotFound, PreconditionFailed, and StockIsHeld while open orders hold units of the product.
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
        """Add received units to the stock of a product, once for each key. Scope `products:write`.

        Use a key that identifies the delivery, for example its number, so that it is never counted twice.
        Raises NotFound, Unprocessable, and IdempotencyKeyReused if the key was used for another entry.
        """
        entry = _params.given(received=received, reason=reason)
        return self._enter(sku, entry, idempotency_key)

    def adjust_stock(self, sku: str, adjusted: int, reason: str, *, idempotency_key: str) -> Stock:
        """Correct the stock count of a product, once for each key. Scope `products:write`.

        `adjusted` is the difference: `-3` removes three units. Only available units can be removed.

        Raises NotEnoughStock with the number of available units, if there are too few (nothing is changed),
        NotFound, Unprocessable, and IdempotencyKeyReused if the key was used for another entry.
        """
        return self._enter(sku, {"adjusted": adjusted, "reason": reason}, idempotency_key)

    def get_stock(self, sku: str) -> Stock:
        """Return the received, available, held and shipped units of a product. Scope `products:write`.

        Raises NotFound.
        """
        call = Call(method="GET", path=f"{_product(sku)}/stock", query={"limit": "1"})
        page = self._api.call(call, StockPage)
        return msgspec.structs.replace(page.stock, http=page.http)

    def list_stock_entries(
        self, sku: str, *, limit: int | None = None, cursor: str | None = None
    ) -> Listing[StockEntry]:
        """List the entries of a product's stock ledger, newest first. Scope `products:write`.

        The ledger is kept when the product is deleted. `limit` is the size of a page, 1 to 100. `cursor` is
        the `next` of an earlier page. NotFound is raised while you iterate.
        """
        path = f"{_product(sku)}/stock"

        def read(cursor: str | None) -> Page[StockEntry]:
            call = Call(method="GET", path=path, query=_params.query(limit=limit, cursor=cursor))
            return self._api.page(call, StockPage, lambda page: (page.entries, page.next, page.unreadable))

        return Listing(read, cursor)

    def upload_image(self, sku: str, content_type: ImageType, size: int) -> UploadForm:
        """Return a form that accepts the file of a new image, of this many bytes. Scope `products:write`.

        The image is PENDING until the file has been sent and processed: `get_product` shows its status.

        Raises NotFound, Unprocessable, and Conflict if the product already has the maximum number of images.
        """
        body = _params.given(contentType=content_type, size=size)
        call = Call(
            method="POST",
            path=f"{_product(sku)}/images",
            body=_json(body),
            repeat=Repeat.ONLY_IF_NOT_APPLIED,
        )
        return self._api.call(call, UploadForm)

    def order_images(self, sku: str, image_ids: Sequence[str]) -> Images:
        """Change the order in which the images of a product are shown. Scope `products:write`.

        `image_ids` names each image of the product once. The call can be repeated safely.

        Raises NotFound, and Unprocessable if `image_ids` does not match the images of the product.
        """
        body = _json(_params.given(imageIds=image_ids))
        return self._api.call(Call(method="PUT", path=f"{_product(sku)}/images", body=body), Images)

    def remove_image(self, sku: str, image_id: str) -> HttpInfo:
        """Remove an image of a product, and its files. Scope `products:write`. Raises NotFound."""
        image_id = _params.segment("image_id", image_id)
        call = Call(
            method="DELETE",
            path=f"{_product(sku)}/images/{image_id}",
            repeat=Repeat.ONLY_IF_NOT_APPLIED,
        )
        return self._api.done(call)

    # The caller's profile

    def get_profile(self, *, known: Profile | None = None) -> Profile:
        """Return your profile. Scope `customers:read`. Raises NotFound.

        `known` works as in `get_product`.
        """
        return self._api.get_if_modified(Call(method="GET", path="/customers/me"), Profile, known)

    def put_profile(
        self,
        email: str,
        *,
        address: Address | None = None,
        language: Language | None = None,
        if_match: str | None = None,
    ) -> Profile:
        """Create your profile, or update the version with this `http.etag`. Scope `customers:write`.

        `language` is the language of mail to you; without it, the shop's language is used. An update replaces
        the whole profile: without `address` or `language`, these are removed. Raises PreconditionRequired,
        PreconditionFailed and Unprocessable, as `put_product` does.
        """
        body = _params.given(email=email, address=address, language=language)
        return self._api.call(_change("/customers/me", body, if_match), Profile)

    def request_export(self) -> Export:
        """Request a copy of everything that is kept of you. Scope `customers:write`.

        The link to it is sent to the address of your profile. The call can be repeated safely. Raises
        Conflict if you have no profile, or have received a copy within the last day.
        """
        return self._api.call(Call(method="POST", path="/customers/me/export"), Export)

    def get_export(self) -> Export:
        """Return the last copy of your data that was requested. Scope `customers:read`. Raises NotFound.

        When it is made, and for two days, it has a link to the file, which works for five minutes.
        """
        return self._api.call(Call(method="GET", path="/customers/me/export"), Export)

    def delete_profile(self) -> HttpInfo:
        """Delete your profile and the addresses of your closed orders. Scope `customers:write`.

        The call can be repeated safely. The status is 204 if everything was deleted. If there are too many
        orders for one request, it is 202: the profile is deleted, and the service deletes the rest later.
        """
        return self._api.done(Call(method="DELETE", path="/customers/me"))

    # Webhooks

    def create_webhook(self, url: str, *, types: Sequence[str] | None = None) -> WebhookWithSecret:
        """Create an endpoint that events of your orders are sent to. Scope `webhooks:write`.

        Without `types`, events of all types are sent. The secret cannot be read later, so store it. Raises
        Unprocessable for a URL that is not public, and Conflict if you have too many endpoints.
        """
        body = _params.given(url=url, types=types)
        call = Call(method="POST", path="/webhooks", body=_json(body), repeat=Repeat.ONLY_IF_NOT_APPLIED)
        return self._api.call(call, WebhookWithSecret)

    def list_webhooks(self) -> Webhooks:
        """Return your endpoints, without their secrets. Scope `webhooks:write`."""
        return self._api.call(Call(method="GET", path="/webhooks"), Webhooks)

    def list_webhook_deliveries(
        self, webhook_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> Listing[WebhookDelivery]:
        """List what was sent to an endpoint in the last thirty days, newest first. Scope `webhooks:write`.

        `limit` is the size of a page, 1 to 100. `cursor` is the `next` of an earlier page. NotFound is raised
        while you iterate.
        """
        path = f"{_webhook(webhook_id)}/deliveries"

        def read(cursor: str | None) -> Page[WebhookDelivery]:
            call = Call(method="GET", path=path, query=_params.query(limit=limit, cursor=cursor))
            return self._api.page(
                call, WebhookDeliveryPage, lambda page: (page.deliveries, page.next, page.unreadable)
            )

        return Listing(read, cursor)

    def delete_webhook(self, webhook_id: str) -> HttpInfo:
        """Delete an endpoint. Scope `webhooks:write`. Raises NotFound."""
        path = _webhook(webhook_id)
        return self._api.done(Call(method="DELETE", path=path, repeat=Repeat.ONLY_IF_NOT_APPLIED))

    def rotate_webhook_secret(self, webhook_id: str) -> WebhookWithSecret:
        """Give an endpoint a new secret. Scope `webhooks:write`. Raises NotFound.

        For 24 hours, webhooks are signed by both secrets.
        """
        path = f"{_webhook(webhook_id)}/secret"
        call = Call(method="POST", path=path, repeat=Repeat.ONLY_IF_NOT_APPLIED)
        return self._api.call(call, WebhookWithSecret)

    def send_test_webhook(self, webhook_id: str) -> HttpInfo:
        """Send a test event to an endpoint. Scope `webhooks:write`. Raises NotFound.

        If the endpoint was disabled and acknowledges the event, it is enabled again.
        """
        return self._api.done(Call(method="POST", path=f"{_webhook(webhook_id)}/test"))

    # For administrators

    def admin_get_order(self, order_id: str) -> AnyOrder:
        """Return any customer's order, with its `customer_id`. Scope `orders:admin`. Raises NotFound."""
        order_id = _params.segment("order_id", order_id)
        return self._api.call(Call(method="GET", path=f"/admin/orders/{order_id}"), AnyOrder)

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
        """List any customer's orders, with the filters of `list_orders`. Scope `orders:admin`."""
        path = f"/admin/customers/{_params.segment('customer_id', customer_id)}/orders"
        query = _order_query(status, created_after, created_before, limit)
        return self._orders(path, query, cursor)

    def admin_list_open_orders(
        self,
        *,
        open_for_minutes: int | None = None,
        status: OrderStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Listing[OpenOrder]:
        """List open orders that have not changed for a while, oldest change first. Scope `orders:admin`.

        The API's default for `open_for_minutes` is 15. `status` is a status that is not final. `limit` is the
        size of a page, 1 to 100. `cursor` is the `next` of an earlier page, and must be sent with the same
        minutes and status.
        """
        query = _params.query(openForMinutes=open_for_minutes, status=status, limit=limit)

        def read(cursor: str | None) -> Page[OpenOrder]:
            call = Call(method="GET", path="/admin/orders", query={**query, **_params.query(cursor=cursor)})
            return self._api.page(call, OpenOrderPage, lambda page: (page.orders, page.next, page.unreadable))

        return Listing(read, cursor)

    def admin_list_sales(
        self,
        from_: date,
        to: date,
        *,
        by: SalesBy | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Listing[SalesTotal]:
        """List totals of sales of the shop's days `from_` to `to`, both included. Scope `orders:admin`.

        The API's default for `by` is `SalesBy.DAY`. `limit` is the size of a page, 1 to 100. `cursor` is the
        `next` of an earlier page, and must be sent with the same days and the same `by`.
        """
        query = _params.query(**{"from": from_.isoformat(), "to": to.isoformat()}, by=by, limit=limit)

        def read(cursor: str | None) -> Page[SalesTotal]:
            call = Call(method="GET", path="/admin/sales", query={**query, **_params.query(cursor=cursor)})
            return self._api.page(call, SalesPage, lambda page: (page.totals, page.next, ()))

        return Listing(read, cursor)

    def admin_get_metrics(self, *, period: MetricPeriod | None = None) -> Metrics:
        """Return graphs of the dashboards of the stage. Scope `orders:admin`.

        The API's default for `period` is `MetricPeriod.TWELVE_HOURS`. It keeps a response for a minute.
        """
        return self._api.call(
            Call(method="GET", path="/admin/metrics", query=_params.query(period=period)), Metrics
        )

    def admin_list_queues(self) -> Queues:
        """Return the dead-letter queues, and the queues that they belong to. Scope `orders:admin`."""
        return self._api.call(Call(method="GET", path="/admin/queues"), Queues)

    def admin_list_dead_letters(self, queue: str, *, limit: int | None = None) -> DeadLetters:
        """Return dead letters of a queue, at most `limit` (1 to 100). Scope `orders:admin`.

        Raises NotFound if the stage has no such queue.
        """
        path = f"/admin/queues/{_params.segment('queue', queue)}/dead-letters"
        return self._api.call(Call(method="GET", path=path, query=_params.query(limit=limit)), DeadLetters)

    def admin_redrive_queue(self, queue: str) -> Redrive:
        """Send at most 20 dead letters of a queue where they should have gone. Scope `orders:admin`.

        Repeat it until none was redriven. Raises NotFound if the stage has no such queue.
        """
        path = f"/admin/queues/{_params.segment('queue', queue)}/redrive"
        return self._api.call(Call(method="POST", path=path), Redrive)

    # The API itself

    def get_health(self) -> Health:
        """Return the health of the API. Open to everyone. Raises ServerFault if it is not healthy."""
        return self._api.call(Call(method="GET", path="/health", signed=False), Health)

    def _enter(self, sku: str, entry: Mapping[str, Any], idempotency_key: str) -> Stock:
        call = Call(
            method="POST",
            path=f"{_product(sku)}/stock",
            headers=_params.key(idempotency_key),
            body=_json(entry),
        )
        return self._api.call(call, Stock)

    def _order(self, order_id: str, within: float = inf) -> Order:
        path = f"/orders/{_params.segment('order_id', order_id)}"
        return self._api.call(Call(method="GET", path=path), Order, within)

    def _orders(self, path: str, query: Mapping[str, str], cursor: str | None) -> Listing[OrderSummary]:
        def read(cursor: str | None) -> Page[OrderSummary]:
            call = Call(method="GET", path=path, query={**query, **_params.query(cursor=cursor)})
            return self._api.page(call, OrderPage, lambda page: (page.orders, page.next, page.unreadable))

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


def _webhook(webhook_id: str) -> str:
    return f"/webhooks/{_params.segment('webhook_id', webhook_id)}"


def _change(path: str, body: Any, if_match: str | None) -> Call:
    headers = _params.match(if_match) if if_match is not None else {}
    return Call(method="PUT", path=path, headers=headers, body=_json(body), repeat=Repeat.ONLY_IF_NOT_APPLIED)


def _json(body: Any) -> bytes:
    return msgspec.json.encode(body)
