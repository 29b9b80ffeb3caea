"""What a customer is told of their order, in a mail: text alone, which every reader shows as it is meant.

A notice says what will stay true: it is sent once its order is confirmed, and once the order has ended.
It holds no address and no payment token.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from ordering.domain.money import Money
from ordering.domain.order import Order, Reason, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import PaymentStatus
from ordering.domain.text import as_one_line

# Of these changes a customer is told: the events' types, each with the status that it tells of. Being
# accepted is what the API has answered already, and compensation is told of once it is done.
NOTIFIED_EVENTS: Mapping[str, Status] = {
    "OrderConfirmed": Status.CONFIRMED,
    "OrderFulfilled": Status.FULFILLED,
    "OrderRejected": Status.REJECTED,
    "OrderCancelled": Status.CANCELLED,
}

_REASON_TEXT: Mapping[Reason, str] = {
    Reason.OUT_OF_STOCK: "not everything in it is in stock",
    Reason.PAYMENT_DECLINED: "the payment was declined",
    Reason.CAPTURE_REFUSED: "the payment could not be collected",
    Reason.SHIPMENT_REFUSED: "our carrier does not deliver to its address",
    Reason.CUSTOMER_REQUEST: "you asked for it",
}

_WIDEST_NAME = 48


class EmailMessage(Struct, frozen=True):
    """A mail, but for whom it is from and to."""

    subject: str
    text: str


def email_for(status: Status, details: OrderDetails) -> EmailMessage:
    """What the customer is told when their order comes to `status`, one of those in EVENTS."""
    order = details.order
    match status:
        case Status.CONFIRMED:
            subject = "We have your order"
            says = f"Your order is confirmed. You pay {order.price} when we send it."
        case Status.FULFILLED:
            subject = "Your order is on its way"
            says = f"Your order is on its way, and you have paid {order.price}."
            if details.shipment and details.shipment.tracking_number:
                says += f"\nIts tracking number is {as_one_line(details.shipment.tracking_number)}."
        case Status.REJECTED:
            subject = "We cannot take your order"
            says = f"We are sorry: we cannot take your order{_because(order)}.\n{_settled(details)}"
        case Status.CANCELLED:
            subject = "Your order is cancelled"
            says = f"Your order is cancelled{_because(order)}.\n{_settled(details)}"
        case _:
            raise ValueError(f"nobody is told that an order is {status}")
    text = ["Hello,", "", says, "", *_lines(order), "", f"Order {order.order_id}", ""]
    return EmailMessage(subject, "\n".join(text))


def _because(order: Order) -> str:
    return f", because {_REASON_TEXT[order.reason]}" if order.reason else ""


def _settled(details: OrderDetails) -> str:
    """What became of the money, of an order that has ended without being fulfilled."""
    if any(payment.status is PaymentStatus.REFUNDED for payment in details.payments):
        return f"You get back what you paid: {details.order.price}."
    return "You pay nothing."


def _lines(order: Order) -> Iterator[str]:
    """Each line with its price, and the total below, as a table."""
    rows = [
        (f"{line.quantity} × {_short(line.name)}", Money(amount=line.total, currency=order.currency))
        for line in order.lines
    ]
    rows.append(("Total", order.price))
    named = max(len(name) for name, _ in rows)
    priced = max(len(str(price)) for _, price in rows)
    yield from (f"  {name:<{named}}  {price!s:>{priced}}" for name, price in rows)


def _short(name: str) -> str:
    # It may be older than the rule for such text, and must not look like a line of ours.
    name = as_one_line(name)
    return name if len(name) <= _WIDEST_NAME else f"{name[: _WIDEST_NAME - 1]}…"
