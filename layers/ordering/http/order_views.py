"""Builds the response bodies of orders from records.

They are apart from `views`, so that a function that shows only orders does not load the rest.
"""

from collections.abc import Iterable

from ordering.domain.money import Money
from ordering.domain.order import Order, OrderLine
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import Payment
from ordering.domain.shipment import Shipment
from ordering.http.shapes.orders import (
    LineView,
    OrderSummaryView,
    OrderView,
    PaymentView,
    ShipmentView,
    TransitionView,
    WaitingFor,
)
from ordering.resilience.circuit import PAYMENTS, SHIPPING

_WAITING_FOR = {PAYMENTS: WaitingFor.PAYMENT_PROVIDER, SHIPPING: WaitingFor.CARRIER}


def order_view(details: OrderDetails) -> OrderView:
    """Returns an order as its customer sees it, without payment token and address."""
    order = details.order

    def money(amount: int) -> Money:
        return Money(amount=amount, currency=order.currency)

    return OrderView(
        order_id=order.order_id,
        status=order.status,
        reason=order.reason,
        lines=line_views(order.lines, order.currency),
        subtotal=money(order.subtotal),
        tax=money(order.tax),
        shipping=money(order.shipping),
        discount=money(order.discount),
        total=money(order.total),
        created_at=order.created_at,
        updated_at=order.updated_at,
        version=order.version,
        payment=payment_view(details.payment) if details.payment else None,
        shipment=_shipment_view(details.shipment) if details.shipment else None,
        waiting_for=_WAITING_FOR.get(order.waits_for or ""),
        history=[
            TransitionView(status=each.status, at=each.at, reason=each.reason) for each in order.history
        ],
    )


def line_views(lines: Iterable[OrderLine], currency: str) -> list[LineView]:
    """Returns the lines of an order in this currency."""
    return [
        LineView(
            sku=line.sku,
            name=line.name,
            quantity=line.quantity,
            unit_price=Money(amount=line.unit_price, currency=currency),
            total=Money(amount=line.total, currency=currency),
        )
        for line in lines
    ]


def summary_view(order: Order) -> OrderSummaryView:
    """Returns an order for a list."""
    return OrderSummaryView(
        order_id=order.order_id,
        status=order.status,
        reason=order.reason,
        total=order.price,
        created_at=order.created_at,
        updated_at=order.updated_at,
        version=order.version,
    )


def payment_view(payment: Payment) -> PaymentView:
    """Returns a payment attempt without the payment token."""
    return PaymentView(
        status=payment.status,
        attempt=payment.attempt,
        amount=Money(amount=payment.amount, currency=payment.currency),
        updated_at=payment.updated_at,
        reason=payment.reason,
    )


def _shipment_view(shipment: Shipment) -> ShipmentView:
    return ShipmentView(
        status=shipment.status,
        updated_at=shipment.updated_at,
        tracking_number=shipment.tracking_number,
        reason=shipment.reason,
    )
