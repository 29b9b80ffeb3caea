"""The business's figures, each taken from an event: what was placed, how it ended, and the money that moved.

Each measurement belongs to one event, and an event may be delivered twice. So the figures count each change
at least once, and a few twice. They show trends; for accounting, use the table and the books of the payment
provider.

The values of every dimension are a small, fixed set, because CloudWatch bills each combination as a metric of
its own.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, UnsetType

from ordering.domain.events.envelope import Amount, Event
from ordering.domain.events.orders import (
    OrderCancelled,
    OrderEvent,
    OrderFulfilled,
    OrderPlaced,
    OrderRejected,
)
from ordering.domain.events.payments import PaymentCaptured, PaymentRefunded
from ordering.domain.money import CURRENCIES
from ordering.domain.order import Reason, Status
from ordering.domain.payment import PaymentStatus

IN_TIME_SECONDS = 60.0
"""The objective counts an order as in time if it ends within this time after it was placed."""

NO_REASON = "NONE"
"""The reason of a fulfilled order. CloudWatch accepts no empty value of a dimension."""
OTHER = "OTHER"
"""The value for a reason or a currency that this release does not know."""


class Figure(StrEnum):
    """The name of a metric.

    - `ORDERS_PLACED`: orders that were accepted.
    - `ORDERS_ENDED`: orders that reached a final status, by `outcome` (the status) and `reason`.
    - `TIME_TO_END`: the time from placing an order to its final status, in seconds.
    - `ENDED_IN_TIME`: 1 for an order that ended within IN_TIME_SECONDS, otherwise 0: the average is a share.
    - `MONEY_CAPTURED`, `MONEY_REFUNDED`: amounts in minor units, by `currency`.
    """

    ORDERS_PLACED = "OrdersPlaced"
    ORDERS_ENDED = "OrdersEnded"
    TIME_TO_END = "TimeToEnd"
    ENDED_IN_TIME = "EndedInTime"
    MONEY_CAPTURED = "MoneyCaptured"
    MONEY_REFUNDED = "MoneyRefunded"

    @property
    def unit(self) -> str:
        """The unit, by its name in CloudWatch (MetricDatum, Amazon CloudWatch API Reference)."""
        return _UNITS.get(self, "Count")

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The names of its dimensions, without that of the service."""
        return _DIMENSIONS.get(self, ())


_UNITS: Mapping[Figure, str] = {
    Figure.TIME_TO_END: "Seconds",
    # CloudWatch has no unit for money.
    Figure.MONEY_CAPTURED: "None",
    Figure.MONEY_REFUNDED: "None",
}
_DIMENSIONS: Mapping[Figure, tuple[str, ...]] = {
    Figure.ORDERS_ENDED: ("outcome", "reason"),
    Figure.MONEY_CAPTURED: ("currency",),
    Figure.MONEY_REFUNDED: ("currency",),
}

OUTCOMES: Mapping[Status, tuple[str, ...]] = {
    Status.FULFILLED: (NO_REASON,),
    Status.REJECTED: (Reason.OUT_OF_STOCK, Reason.PAYMENT_DECLINED, OTHER),
    Status.CANCELLED: (Reason.CUSTOMER_REQUEST, Reason.CAPTURE_REFUSED, Reason.SHIPMENT_REFUSED, OTHER),
}
"""The final statuses, each with the reasons that are measured with it."""


class Measurement(Struct, frozen=True):
    """One value of a metric. `values` has a value for each of the figure's dimensions, in their order."""

    figure: Figure
    value: float
    values: tuple[str, ...] = ()


def measurements(event: Event) -> Iterator[Measurement]:
    """Yield what an event adds to the figures; nothing for most events, and for canary orders."""
    match event:
        case OrderEvent(is_canary=True):
            return
        case OrderPlaced():
            yield Measurement(Figure.ORDERS_PLACED, 1)
        case OrderFulfilled():
            yield from _of_ended_order(event, NO_REASON)
        case OrderRejected() | OrderCancelled():
            yield from _of_ended_order(event, event.reason)
        case PaymentCaptured():
            yield _money(Figure.MONEY_CAPTURED, event.amount)
        case PaymentRefunded():
            # If the response to the capture was lost, the ledger learns of the capture only with the refund.
            if event.old_status != PaymentStatus.CAPTURED:
                yield _money(Figure.MONEY_CAPTURED, event.amount)
            yield _money(Figure.MONEY_REFUNDED, event.amount)


def _of_ended_order(
    event: OrderFulfilled | OrderRejected | OrderCancelled, reason: str | UnsetType
) -> Iterator[Measurement]:
    known = isinstance(reason, str) and reason in OUTCOMES[Status(event.new_status)]
    yield Measurement(Figure.ORDERS_ENDED, 1, (event.new_status, str(reason) if known else OTHER))
    seconds = _seconds(event.placed_at, event.time)
    yield Measurement(Figure.TIME_TO_END, seconds)
    yield Measurement(Figure.ENDED_IN_TIME, int(seconds <= IN_TIME_SECONDS))


def _money(figure: Figure, amount: Amount) -> Measurement:
    return Measurement(figure, amount.amount, (amount.currency if amount.currency in CURRENCIES else OTHER,))


def _seconds(since: str, until: str) -> float:
    """The seconds between two times; 0 if `until` is earlier, because the clocks of two functions differ."""
    passed = datetime.fromisoformat(until) - datetime.fromisoformat(since)
    return max(0.0, passed.total_seconds())
