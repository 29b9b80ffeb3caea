"""The e-mails that a customer receives about an order. They are plain text, which every mail client shows.

An e-mail is sent when the order is confirmed, when it has reached a final status, and when a fulfilled order
was refunded: so its content stays true. It contains no address and no payment token.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from ordering.domain.events.types import EventType
from ordering.domain.money import Money
from ordering.domain.order import Order, Reason, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import PaymentStatus
from ordering.domain.refund import RefundStatus
from ordering.domain.text import as_one_line

# The types of the events that a customer is notified of, each with the new status of the order or its refund.
# OrderPlaced is not one of them, since the response of the API has confirmed it; nor is the start of a
# compensation or of a refund, only its end.
NOTIFIED_EVENTS: Mapping[EventType, Status | RefundStatus] = {
    EventType.ORDER_CONFIRMED: Status.CONFIRMED,
    EventType.ORDER_FULFILLED: Status.FULFILLED,
    EventType.ORDER_REJECTED: Status.REJECTED,
    EventType.ORDER_CANCELLED: Status.CANCELLED,
    EventType.ORDER_REFUNDED: RefundStatus.REFUNDED,
}

_REASON_TEXT: Mapping[Reason, str] = {
    Reason.OUT_OF_STOCK: "not everything in it is in stock",
    Reason.PAYMENT_DECLINED: "the payment was declined",
    Reason.CAPTURE_REFUSED: "the payment could not be collected",
    Reason.SHIPMENT_REFUSED: "our carrier does not deliver to its address",
    Reason.CUSTOMER_REQUEST: "you asked for it",
}

_MAX_NAME_WIDTH = 48


class EmailMessage(Struct, frozen=True):
    """The content of an e-mail, without sender and recipient."""

    subject: str
    text: str


def email_for(status: Status | RefundStatus, details: OrderDetails) -> EmailMessage:
    """Return the e-mail for an order that has reached `status`, one of those in NOTIFIED_EVENTS."""
    order = details.order
    match status:
        case Status.CONFIRMED:
            subject = "We have your order"
            message = f"Your order is confirmed. You pay {order.price} when we send it."
        case Status.FULFILLED:
            subject = "Your order is on its way"
            message = f"Your order is on its way, and you have paid {order.price}."
            if details.shipment and details.shipment.tracking_number:
                message += f"\nIts tracking number is {as_one_line(details.shipment.tracking_number)}."
        case Status.REJECTED:
            subject = "We cannot take your order"
            message = (
                f"We are sorry: we cannot take your order{_because(order)}.\n{_payment_outcome(details)}"
            )
        case Status.CANCELLED:
            subject = "Your order is cancelled"
            message = f"Your order is cancelled{_because(order)}.\n{_payment_outcome(details)}"
        case RefundStatus.REFUNDED:
            subject = "We have refunded your order"
            amount = details.refund.price if details.refund else order.price
            message = f"We have refunded your order: you get back {amount}."
        case _:
            raise ValueError(f"no e-mail is sent for an order that is {status}")
    text = ["Hello,", "", message, "", *_lines(order), "", f"Order {order.order_id}", ""]
    return EmailMessage(subject, "\n".join(text))


def _because(order: Order) -> str:
    return f", because {_REASON_TEXT[order.reason]}" if order.reason else ""


def _payment_outcome(details: OrderDetails) -> str:
    """What happens to the money of an order that was not fulfilled."""
    if any(payment.status is PaymentStatus.REFUNDED for payment in details.payments):
        return f"You get back what you paid: {details.order.price}."
    return "You pay nothing."


def _lines(order: Order) -> Iterator[str]:
    """A table of the order's lines with their prices, and the total below."""
    rows = [
        (f"{line.quantity} × {_short(line.name)}", Money(amount=line.total, currency=order.currency))
        for line in order.lines
    ]
    rows.append(("Total", order.price))
    name_width = max(len(name) for name, _ in rows)
    price_width = max(len(str(price)) for _, price in rows)
    yield from (f"  {name:<{name_width}}  {price!s:>{price_width}}" for name, price in rows)


def _short(name: str) -> str:
    # The name may be older than the rule for such text, and must not look like another line of the e-mail.
    name = as_one_line(name)
    return name if len(name) <= _MAX_NAME_WIDTH else f"{name[: _MAX_NAME_WIDTH - 1]}…"
