"""POST /orders: accepts an order. The saga processes it.

One write creates the order; everything else follows from that write. If the function dies before it, there is
no order; if it dies after it, a retry with the same `Idempotency-Key` returns the order.
"""

import os
from collections.abc import Mapping
from uuid import uuid4

import msgspec

from ordering import guards
from ordering.aws import xray
from ordering.aws.logging import logger
from ordering.domain import canary
from ordering.domain.clock import now
from ordering.domain.identity import fingerprint, fresh_order_id, keyed_order_id
from ordering.domain.order import CustomerId, Order, OrderId
from ordering.domain.order_details import OrderDetails
from ordering.domain.pricing import MixedCurrencies, PriceChanged, UnknownSku, accept, price_lines
from ordering.domain.product import Product, Sku
from ordering.domain.trace import Trace, begin_trace, log_keys
from ordering.dynamodb.client import Table
from ordering.guards import Guard
from ordering.http.checking import checked
from ordering.http.order_views import line_views, order_view
from ordering.http.problems import FieldError, Problem, ProblemType, invalid_field
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.placing import PlaceOrder
from ordering.repositories.orders import Orders

# The scope of the canary's token, as the stage's issuer writes it.
CANARY_SCOPE = os.environ["CANARY_SCOPE"]

orders = Orders(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 202 with the order. Its status is PENDING; it is processed in the background.

    Poll it until its `status` is FULFILLED, REJECTED or CANCELLED: start after a quarter of a second, and
    slow down to a few seconds.

    A retry with the same key and body returns 202 with the current state of the same order, and
    `Idempotency-Replayed: true`. The same key with another body is refused with 422. Keys do not expire. They
    belong to the customer: two customers may use the same key. If several requests with one key arrive at the
    same time, only one creates the order. A request with a key can be retried safely after any error.

    The order takes the current prices of the catalogue and keeps them. The customer may have seen older
    prices: send the total that they agreed to as `expectedTotal`. If the order costs a different amount, it
    is refused with 409, which contains the current prices, and not placed. Stock is reserved later, while the
    order is processed.

    Send `traceparent` (W3C Trace Context) to find the order in your traces: it keeps your trace id. An
    invalid header is ignored, and a new trace begins. A retry keeps the ids of the first request.
    """
    key, sent = request.idempotency_key(), request.body_as_sent(PlaceOrder)
    _refuse_repeated_skus(sent)
    caller = request.caller
    order_id = fresh_order_id()
    if key and guards.applies(Guard.PLACE_KEYED):
        order_id = keyed_order_id(caller.issuer, caller.subject, key)
    body_hash = fingerprint(msgspec.json.encode(sent))
    trace = begin_trace(request.request_id, request.header("traceparent"), xray.current_span())

    for last_attempt in (False, True):
        skus = [Sku(line.sku) for line in sent.lines]
        earlier, stored = orders.get_for_placement(order_id, skus)
        if earlier:
            return _repeated(earlier, body_hash)
        catalogue = canary.orderable(stored, by_canary=CANARY_SCOPE in request.scopes)
        try:
            # Checked only after the look-up: a retry of an order that was accepted under older rules must not
            # be refused.
            wanted = checked(sent)
            order = _accepted(wanted, catalogue, order_id, caller.customer_id, body_hash, trace)
            break
        except Problem:
            # The order and the products are not read atomically. A concurrent attempt of this request may
            # have created the order before the catalogue changed: then that order is the response.
            if last_attempt or not guards.applies(Guard.PLACE_LOOK_AGAIN):
                raise
    address = wanted.shipping_address.as_record()
    placed = guards.perform(Guard.PLACE_WRITES_ONLY, orders.place, order, address)
    return (
        _answer(OrderDetails(order=placed)) if placed.nonce == order.nonce else _repeated(placed, body_hash)
    )


def _accepted(
    wanted: PlaceOrder,
    catalogue: Mapping[Sku, Product],
    order_id: OrderId,
    customer_id: CustomerId,
    body_hash: str,
    trace: Trace | None,
) -> Order:
    """Returns the order at the catalogue's prices.

    Raises:
        Problem: A SKU is unknown, the currencies differ, or the total is not the expected one.
    """
    try:
        lines = price_lines(((Sku(line.sku), line.quantity) for line in wanted.lines), catalogue)
        return accept(
            order_id=order_id,
            customer_id=customer_id,
            lines=lines,
            currency=catalogue[lines[0].sku].price.currency,
            payment_token=wanted.payment_token,
            fingerprint=body_hash,
            nonce=str(uuid4()),
            at=now(),
            agreed=wanted.expected_total.money if wanted.expected_total else None,
            trace=trace,
        )
    except UnknownSku as error:
        field = f"lines[{error.index}].sku"
        raise invalid_field(ProblemType.UNKNOWN_SKU, field, str(error)) from None
    except MixedCurrencies as error:
        raise invalid_field(ProblemType.MIXED_CURRENCIES, "lines", str(error)) from None
    except PriceChanged as error:
        raise _price_changed(error) from None


def _price_changed(error: PriceChanged) -> Problem:
    message = f"{error}; show this total to the customer, and if they agree, send it with the same key"
    return Problem(
        ProblemType.PRICE_CHANGED,
        f"expectedTotal: {message}",
        [FieldError("expectedTotal", message)],
        {"lines": line_views(error.lines, error.total.currency), "total": error.total},
    )


def _refuse_repeated_skus(wanted: PlaceOrder) -> None:
    seen = set()
    for index, line in enumerate(wanted.lines):
        if line.sku in seen:
            message = f"`{line.sku}` is already on an earlier line; combine the quantities on one line"
            raise invalid_field(ProblemType.INVALID_BODY, f"lines[{index}].sku", message)
        seen.add(line.sku)


def _repeated(earlier: Order, body_hash: str) -> Response:
    if guards.applies(Guard.PLACE_SAME_BODY, earlier.fingerprint != body_hash):
        message = "was already used for an order with another body; use a new key for a new order"
        raise invalid_field(ProblemType.IDEMPOTENCY_KEY_REUSED, "Idempotency-Key", message)
    # The order may have been processed since: a retry gets the same response as GET.
    details = orders.load(earlier.order_id) or OrderDetails(order=earlier)
    return _answer(details, {"idempotency-replayed": "true"})


def _answer(details: OrderDetails, headers: dict[str, str] | None = None) -> Response:
    logger.append_keys(order_id=details.order.order_id, **log_keys(details.order.ids))
    # Relative to `POST …/orders`, so that it is correct under any base path.
    location = {"location": f"orders/{details.order.order_id}"}
    return Response(202, order_view(details), location | (headers or {}))
