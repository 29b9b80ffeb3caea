"""Builds the response bodies of orders for administrators from records."""

from collections.abc import Sequence

from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.refund import Refund
from ordering.domain.stock import Reservation, units_by_sku
from ordering.http.order_views import order_view, payment_view
from ordering.http.shapes.admin import (
    AnyOrderView,
    FaultView,
    HeldUnitsView,
    MailView,
    OpenOrderView,
    OrderEventView,
    RefundView,
    ReservationView,
)
from ordering.repositories.order_events import stored_events
from ordering.repositories.reconciliation import DueOrder


def any_order_view(details: OrderDetails, mails: Sequence[MailView] = ()) -> AnyOrderView:
    """Returns an order as an administrator sees it, with these mails. Raises MalformedChange."""
    own, order = order_view(details), details.order
    return AnyOrderView(
        customer_id=order.customer_id,
        attempts=order.reconcile_attempts,
        parked_at=order.parked_at,
        fault=FaultView(at=order.fault.at, cause=order.fault.cause) if order.fault else None,
        reservation=_reservation_view(details.reservation) if details.reservation else None,
        payments=tuple(map(payment_view, details.payments)),
        refund=_refund_view(details.refund) if details.refund else None,
        events=_event_views(details),
        mails=tuple(mails),
        **{name: getattr(own, name) for name in own.__struct_fields__},
    )


def open_order_view(order: DueOrder) -> OpenOrderView:
    """Returns an open order, from the attributes that the index holds."""
    return OpenOrderView(
        order_id=order.order_id,
        status=Status(order.status),
        created_at=order.created_at,
        updated_at=order.updated_at,
    )


def _event_views(details: OrderDetails) -> tuple[OrderEventView, ...]:
    events = sorted(stored_events(details), key=lambda each: (each.time, each.sequence, each.type))
    return tuple(
        OrderEventView(id=each.id, type=each.type, sequence=each.sequence, at=each.time) for each in events
    )


def _reservation_view(reservation: Reservation) -> ReservationView:
    return ReservationView(
        status=reservation.status,
        lines=[
            HeldUnitsView(sku=sku, quantity=units) for sku, units in units_by_sku(reservation.lines).items()
        ],
        created_at=reservation.created_at,
        updated_at=reservation.updated_at,
    )


def _refund_view(refund: Refund) -> RefundView:
    return RefundView(
        status=refund.status,
        amount=refund.price,
        created_at=refund.created_at,
        updated_at=refund.updated_at,
    )
