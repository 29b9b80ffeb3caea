"""An order, from PENDING to a final status. See `docs/architecture.md`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, NewType

from msgspec import Meta, field

from ordering.domain.base import NonNegative, Positive, Record
from ordering.domain.clock import StoredTime
from ordering.domain.money import Money, StoredCurrency
from ordering.domain.product import StoredSku
from ordering.domain.text import END
from ordering.domain.trace import Trace, read_trace

OrderId = NewType("OrderId", str)
CustomerId = NewType("CustomerId", str)
CUSTOMER_ID_PATTERN = f"^[0-9a-f]{{32}}{END}"
StoredCustomerId = Annotated[CustomerId, Meta(pattern=CUSTOMER_ID_PATTERN)]

MAX_LINES = 50
MAX_QUANTITY = 1_000
# The length of a fault's cause in characters: it is stored in the order's item.
LONGEST_CAUSE = 1000


class Status(StrEnum):
    """The status of an order. FULFILLED, REJECTED and CANCELLED are final.

    - `PENDING`: accepted; no money has been taken. Next: CONFIRMED, REJECTING or CANCELLING.
    - `CONFIRMED`: the stock is reserved and the payment authorised; money may be taken now. Next: FULFILLED
      or CANCELLING.
    - `FULFILLED`: paid and dispatched.
    - `REJECTING`: it cannot be confirmed; stock and payment are being released. Next: REJECTED.
    - `REJECTED`: it will be neither charged nor delivered; `reason` says why.
    - `CANCELLING`: the customer has cancelled it, or it cannot be fulfilled; stock is being released, and the
      payment voided or refunded. Next: CANCELLED.
    - `CANCELLED`: it will not be delivered, and the customer is charged nothing.
    """

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    FULFILLED = "FULFILLED"
    REJECTING = "REJECTING"
    REJECTED = "REJECTED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"

    @property
    def is_terminal(self) -> bool:
        """Whether the status is final."""
        return not _NEXT[self]

    @property
    def is_compensating(self) -> bool:
        """Whether reserved stock and the payment are being given back."""
        return self in (Status.REJECTING, Status.CANCELLING)

    def may_become(self, status: "Status") -> bool:
        """Whether the life cycle has a transition from this status to `status`."""
        return status in _NEXT[self]


_NEXT: Mapping[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.CONFIRMED, Status.REJECTING, Status.CANCELLING}),
    Status.CONFIRMED: frozenset({Status.FULFILLED, Status.CANCELLING}),
    Status.REJECTING: frozenset({Status.REJECTED}),
    Status.CANCELLING: frozenset({Status.CANCELLED}),
    Status.FULFILLED: frozenset(),
    Status.REJECTED: frozenset(),
    Status.CANCELLED: frozenset(),
}


class Reason(StrEnum):
    """Why an order was not fulfilled.

    - `OUT_OF_STOCK`: there were not enough units of a product.
    - `PAYMENT_DECLINED`: the payment was declined; the payment's `reason` is the provider's code.
    - `CAPTURE_REFUSED`: the payment was authorised, but the capture was refused.
    - `SHIPMENT_REFUSED`: the carrier refused the shipment; the shipment's `reason` is the carrier's code.
    - `CUSTOMER_REQUEST`: the customer cancelled it.
    """

    OUT_OF_STOCK = "OUT_OF_STOCK"
    PAYMENT_DECLINED = "PAYMENT_DECLINED"
    CAPTURE_REFUSED = "CAPTURE_REFUSED"
    SHIPMENT_REFUSED = "SHIPMENT_REFUSED"
    CUSTOMER_REQUEST = "CUSTOMER_REQUEST"


class Transition(Record, frozen=True):
    """One change of status in the order's history."""

    status: Status
    at: StoredTime
    reason: Reason | None = None


class OrderLine(Record, frozen=True):
    """Units of one product, with its name and unit price (minor units) at the time of the order.

    `category` is the product's category at that time, by which sales are counted. Lines of earlier releases
    have none. `stock_shards` is over how many shards of its stock the product's orders were spread then.
    """

    sku: StoredSku
    name: str
    quantity: Positive
    unit_price: NonNegative
    category: str | None = None
    stock_shards: Positive = 1

    @property
    def total(self) -> int:
        """The price of all units, in minor units."""
        return self.quantity * self.unit_price


class OrderFault(Record, frozen=True):
    """Why the last execution for an order failed.

    `kind` and `provider` are the diagnosis (see `resilience.diagnosis`). `since` is the time of the first
    fault in a row with the same diagnosis; `count` is how many of these faults occurred while other orders
    ended.
    """

    at: StoredTime
    cause: str
    kind: str | None = None
    provider: str | None = None
    since: StoredTime | None = None
    count: int = 0


def fault_of(error: Exception, *, at: str) -> OrderFault:
    """Return the fault that describes an exception."""
    return OrderFault(at=at, cause=error_text(error))


def error_text(error: Exception) -> str:
    """Return the type and message of an exception as text that fits any item and any message.

    The text has at most LONGEST_CAUSE characters and is valid UTF-8. A message may quote data that could not
    be read, for instance a lone surrogate, which UTF-8 cannot encode and DynamoDB refuses.
    """
    try:
        text = f"{type(error).__name__}: {error}"
    except Exception:
        # `__str__` of the exception can fail as well.
        text = type(error).__name__
    return text[:LONGEST_CAUSE].encode(errors="backslashreplace").decode()


def awaited(fault: OrderFault | None, updated_at: str) -> str | None:
    """The provider that an open order waits for, from its last fault; None if it waits for none.

    A fault from before the last transition (`updated_at`) no longer counts.
    """
    return None if fault is None or fault.at < updated_at else fault.provider


class Order(Record, frozen=True):
    """An accepted order. Amounts are minor units of `currency`; later price changes do not affect them."""

    order_id: OrderId
    customer_id: StoredCustomerId
    status: Status
    lines: tuple[OrderLine, ...]
    currency: StoredCurrency
    subtotal: NonNegative
    tax: NonNegative
    shipping: NonNegative
    discount: NonNegative
    total: NonNegative
    # The hash of the request's body: it shows whether a retry has the same body.
    fingerprint: str
    # Random. It shows which attempt has written the order: see `repositories.orders.Orders.place`.
    nonce: str
    created_at: StoredTime
    updated_at: StoredTime
    history: tuple[Transition, ...]
    version: Positive
    reason: Reason | None = None
    # The provider needs it to charge the customer. Removed when the order reaches a final status.
    payment_token: str | None = None
    # The following fields are notes about driving the order. Writing them does not change `version`, since
    # the order itself does not change. `reconcile_attempts` is how often the sweep has driven the order.
    reconcile_attempts: NonNegative = field(default=0, name="attempts")
    nudged_at: StoredTime | None = None
    parked_at: StoredTime | None = None
    fault: OrderFault | None = None
    # As it is stored: ids that cannot be read do not make the order unreadable. See `ids`.
    trace: Any = None

    @property
    def ids(self) -> Trace | None:
        """The ids by which the order is followed; None if it has none, or none that can be read."""
        return read_trace(self.trace)

    @property
    def waits_for(self) -> str | None:
        """The provider that has blocked the order since its last transition; None if none has."""
        return None if self.status.is_terminal else awaited(self.fault, self.updated_at)

    @property
    def price(self) -> Money:
        """The total that the customer pays."""
        return Money(amount=self.total, currency=self.currency)
