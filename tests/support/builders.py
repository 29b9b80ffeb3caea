"""Builds complete and valid records of the domain. A test sets only the parts that it is about."""

from typing import Any

from msgspec.structs import replace

from ordering.domain.order import CustomerId, Order, OrderId, OrderLine, Reason, Status
from ordering.domain.payment import Payment, PaymentStatus
from ordering.domain.pricing import accept
from ordering.domain.product import Product, ProductPrice, Sku
from ordering.domain.refund import Refund, RefundStatus
from ordering.domain.shipment import Shipment, ShipmentStatus
from ordering.domain.stock import Hold, Reservation, ReservationStatus, Stock
from ordering.dynamodb.codec import decode_item, encode_item
from ordering.repositories.keys import order_keys, product_keys

NOON = "2026-11-21T12:00:00.000Z"
LATER = "2026-11-21T12:00:07.250Z"
ORDER_ID = OrderId("67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc")
CUSTOMER_ID = CustomerId("0f3c1d2b4a5968778695a4b3c2d1e0f0")
MUG = Sku("MUG-RED")

Stored = Order | Reservation | Payment | Shipment | Refund | Product | Stock


def product(sku: str = MUG, amount: int = 1250, currency: str = "EUR") -> Product:
    """Returns a product with a price in minor units."""
    return Product(
        sku=Sku(sku),
        name=f"The {sku}",
        price=ProductPrice(amount=amount, currency=currency),
        created_at=NOON,
        updated_at=NOON,
        version=1,
        tag="5e0c7a1b9d3f4826",
    )


def line(sku: str = MUG, quantity: int = 2, unit_price: int = 1250) -> OrderLine:
    """Returns a line of an order; two red mugs by default."""
    return OrderLine(sku=Sku(sku), name=f"The {sku}", quantity=quantity, unit_price=unit_price)


def order(
    status: Status = Status.PENDING, *lines: OrderLine, reason: Reason | None = None, version: int = 1
) -> Order:
    """Returns an order with this status; two red mugs if no lines are given."""
    placed = accept(
        order_id=ORDER_ID,
        customer_id=CUSTOMER_ID,
        lines=lines or (line(),),
        currency="EUR",
        payment_token="tok_ok",
        fingerprint="9f86d081",
        nonce="5b3f6c1e",
        at=NOON,
    )
    return replace(placed, status=status, reason=reason, version=version)


def reservation(status: ReservationStatus = ReservationStatus.HELD, *, version: int = 1) -> Reservation:
    """Returns the reservation of `order()`."""
    return Reservation(
        order_id=ORDER_ID,
        status=status,
        lines=[Hold(sku=MUG, quantity=2)],
        created_at=NOON,
        updated_at=NOON,
        version=version,
    )


def payment(
    status: PaymentStatus = PaymentStatus.AUTHORISED, *, attempt: int = 1, version: int = 1
) -> Payment:
    """Returns a payment attempt for `order()`."""
    return Payment(
        order_id=ORDER_ID,
        attempt=attempt,
        payment_id=f"pay_{attempt}",
        status=status,
        amount=2500,
        currency="EUR",
        created_at=NOON,
        updated_at=NOON,
        version=version,
    )


def shipment(status: ShipmentStatus = ShipmentStatus.BOOKED, *, version: int = 1) -> Shipment:
    """Returns the shipment of `order()`."""
    return Shipment(order_id=ORDER_ID, status=status, created_at=NOON, updated_at=NOON, version=version)


def refund(status: RefundStatus = RefundStatus.REQUESTED, *, version: int = 1) -> Refund:
    """Returns the refund of `order()`, which was fulfilled."""
    return Refund(
        order_id=ORDER_ID,
        attempt=1,
        status=status,
        amount=2500,
        currency="EUR",
        created_at=NOON,
        updated_at=NOON,
        version=version,
    )


def stock(
    *,
    available: int = 0,
    held: int = 0,
    shipped: int = 0,
    adjusted: int = 0,
    low_stock_at: int | None = None,
    version: int = 1,
) -> Stock:
    """Returns the stock of red mugs; `received` is such that the figures add up."""
    return Stock(
        sku=MUG,
        received=available + held + shipped - adjusted,
        adjusted=adjusted,
        available=available,
        held=held,
        shipped=shipped,
        low_stock_at=low_stock_at,
        version=version,
    )


def image(record: Stored) -> dict[str, Any]:
    """Returns the item of a record as it is read from the table."""
    return decode_item(encode_item(_item(record)))


def _item(record: Stored) -> dict[str, Any]:
    # Imported here, because it imports the logger and botocore, and most tests of the domain need no item.
    from ordering.repositories.items import item_of

    match record:
        case Order():
            listed = order_keys.my_orders(record.customer_id, record.created_at, record.order_id)
            due = order_keys.open_order(record.order_id, record.updated_at)
            return item_of(record, order_keys.order(record.order_id), listed, due)
        case Reservation():
            return item_of(record, order_keys.reservation(record.order_id))
        case Payment():
            due = order_keys.unsettled_payment(record.order_id, record.updated_at)
            return item_of(record, order_keys.payment(record.order_id, record.attempt), due)
        case Shipment():
            return item_of(record, order_keys.shipment(record.order_id))
        case Refund():
            return item_of(
                record, order_keys.refund(record.order_id), order_keys.due_refund(record.updated_at)
            )
        case Product():
            listed = product_keys.in_catalogue(record.sku, active=record.active)
            return item_of(record, product_keys.product(record.sku), listed)
        case Stock():
            return item_of(record, product_keys.stock(record.sku)) | {"updatedAt": NOON}
