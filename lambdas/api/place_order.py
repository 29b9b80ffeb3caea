"""POST /orders: accept an order. The saga takes it from there.

One write makes the order; what follows is derived from it. If the function dies before the write,
there is no order; if it dies after, the client's retry with the same `Idempotency-Key` finds it.
"""

from collections.abc import Mapping
from uuid import uuid4

import msgspec

from ordering.aws.logging import logger
from ordering.domain.clock import now
from ordering.domain.identity import fingerprint, fresh_order_id, keyed_order_id
from ordering.domain.order import (
    CustomerId,
    MixedCurrencies,
    Order,
    OrderId,
    PriceChanged,
    UnknownSku,
    accept,
    price_lines,
)
from ordering.domain.order_details import OrderDetails
from ordering.domain.product import Product, Sku
from ordering.dynamodb.client import Table
from ordering.http.answer import Answer, route
from ordering.http.checking import checked
from ordering.http.problems import FieldError, Problem, ProblemType, invalid_field
from ordering.http.request import Request
from ordering.http.shapes import PlaceOrder
from ordering.http.views import line_views, order_view
from ordering.repositories.orders import Orders

orders = Orders(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """202 with the order, PENDING: it is accepted, and goes on by itself. Read it again until its `status` is
    FULFILLED, REJECTED or CANCELLED; begin after a quarter of a second, and slow down to a few seconds.

    A repeat of the key with the same body answers 202 with the same order as it stands by then, and
    `Idempotency-Replayed: true`; with another body it is refused with 422. Keys do not expire, and another
    customer's same key is another key. Of many repeats at the same moment one makes the order. To send the
    same again is safe after any fault.

    The prices are the catalogue's at this moment, and no later one touches the order. The prices that a
    customer was shown may be older: send the total that they agreed to as `expectedTotal`, and when the order
    costs anything else it is refused with 409, which tells the present prices, and not placed. Whether there
    are enough units is found out afterwards.
    """
    key, sent = request.idempotency_key(), request.body_as_sent(PlaceOrder)
    _refuse_repeated_skus(sent)
    caller = request.caller
    order_id = keyed_order_id(caller.issuer, caller.subject, key) if key else fresh_order_id()
    mark = fingerprint(msgspec.json.encode(sent))

    for last_look in (False, True):
        skus = [Sku(line.sku) for line in sent.lines]
        earlier, catalogue = orders.get_for_placement(order_id, skus)
        if earlier:
            return _repeated(earlier, mark)
        try:
            # Only now: keys do not expire, and what was accepted under an earlier rule is not refused to a
            # repeat.
            wanted = checked(sent)
            order = _accepted(wanted, catalogue, order_id, caller.customer_id, mark)
            break
        except Problem:
            # The order and the products are not read at one moment. A slower attempt of this very request may
            # have been written in between, and the catalogue changed since: then there is an order to answer.
            if last_look:
                raise
    placed = orders.place(order, wanted.shipping_address.as_record())
    return _answer(OrderDetails(order=placed)) if placed.nonce == order.nonce else _repeated(placed, mark)


def _accepted(
    wanted: PlaceOrder,
    catalogue: Mapping[Sku, Product],
    order_id: OrderId,
    customer_id: CustomerId,
    mark: str,
) -> Order:
    """The order at the catalogue's prices. Raises Problem for one that they do not allow."""
    try:
        lines = price_lines(((Sku(line.sku), line.quantity) for line in wanted.lines), catalogue)
        return accept(
            order_id=order_id,
            customer_id=customer_id,
            lines=lines,
            currency=catalogue[lines[0].sku].price.currency,
            payment_token=wanted.payment_token,
            fingerprint=mark,
            nonce=str(uuid4()),
            at=now(),
            agreed=wanted.expected_total.money if wanted.expected_total else None,
        )
    except UnknownSku as error:
        field = f"lines[{error.index}].sku"
        raise invalid_field(ProblemType.UNKNOWN_SKU, field, str(error)) from None
    except MixedCurrencies as error:
        raise invalid_field(ProblemType.MIXED_CURRENCIES, "lines", str(error)) from None
    except PriceChanged as error:
        raise _price_changed(error) from None


def _price_changed(error: PriceChanged) -> Problem:
    message = f"{error}: show it to the customer, and if they agree send it with the same key"
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
            message = f"`{line.sku}` stands on an earlier line: add the quantities up on one"
            raise invalid_field(ProblemType.INVALID_BODY, f"lines[{index}].sku", message)
        seen.add(line.sku)


def _repeated(earlier: Order, mark: str) -> Answer:
    if earlier.fingerprint != mark:
        message = "belongs to an order with another body: send a new key for a new order"
        raise invalid_field(ProblemType.IDEMPOTENCY_KEY_REUSED, "Idempotency-Key", message)
    # By now it may be paid and on its way: a repeat is told all that `GET` would tell.
    details = orders.load(earlier.order_id) or OrderDetails(order=earlier)
    return _answer(details, {"idempotency-replayed": "true"})


def _answer(details: OrderDetails, headers: dict[str, str] | None = None) -> Answer:
    logger.append_keys(order_id=details.order.order_id)
    # Relative, to `POST …/orders`: so it holds below any path that the API is mounted at.
    location = {"location": f"orders/{details.order.order_id}"}
    return Answer(202, order_view(details), location | (headers or {}))
