"""An order, from PENDING to its end. See `docs/architecture.md`."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NewType

from ordering.domain.base import Record
from ordering.domain.money import Money
from ordering.domain.product import Product, Sku

OrderId = NewType("OrderId", str)
CustomerId = NewType("CustomerId", str)

MAX_LINES = 50
MAX_QUANTITY = 1_000
# Of a fault, in characters: it stands on an item beside everything else.
LONGEST_CAUSE = 1000


class Status(StrEnum):
    """Where an order stands. It ends FULFILLED, REJECTED or CANCELLED.

    - `PENDING`: accepted; no money can have moved. CONFIRMED, REJECTING or CANCELLING comes next.
    - `CONFIRMED`: stock is held and the payment authorised; money may move now. FULFILLED or CANCELLING comes
      next.
    - `FULFILLED`: paid and dispatched.
    - `REJECTING`: it cannot be confirmed, and what was taken is being given back. REJECTED comes next.
    - `REJECTED`: never to be paid or delivered, for the `reason` given.
    - `CANCELLING`: it was cancelled on request, or cannot be fulfilled after all, and what was taken is being
      given back. CANCELLED comes next.
    - `CANCELLED`: never to be delivered, and nothing of the customer's money is kept.
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
        """Whether the order has come to its end."""
        return not _NEXT[self]

    @property
    def is_compensating(self) -> bool:
        """Whether what was taken is being given back."""
        return self in (Status.REJECTING, Status.CANCELLING)

    def may_become(self, status: "Status") -> bool:
        """Whether the life cycle has a step from this status to `status`."""
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
    - `PAYMENT_DECLINED`: the card was declined; the payment's `reason` is the provider's word for it.
    - `CAPTURE_REFUSED`: the money was authorised, and could not be taken then.
    - `SHIPMENT_REFUSED`: the carrier will not take it; the shipment's `reason` is the carrier's word for it.
    - `CUSTOMER_REQUEST`: the customer cancelled it.
    """

    OUT_OF_STOCK = "OUT_OF_STOCK"
    PAYMENT_DECLINED = "PAYMENT_DECLINED"
    CAPTURE_REFUSED = "CAPTURE_REFUSED"
    SHIPMENT_REFUSED = "SHIPMENT_REFUSED"
    CUSTOMER_REQUEST = "CUSTOMER_REQUEST"


class Transition(Record, frozen=True):
    """One change of status, as the order's history keeps it."""

    status: Status
    at: str
    reason: Reason | None = None


class OrderLine(Record, frozen=True):
    """Units of one product, with the name and the unit price (minor units) taken when it was ordered."""

    sku: Sku
    name: str
    quantity: int
    unit_price: int

    @property
    def total(self) -> int:
        """Minor units."""
        return self.quantity * self.unit_price


class OrderFault(Record, frozen=True):
    """Why an order could not be driven on, in the words of the execution that failed last.

    `kind` and `provider` are the diagnosis (`resilience.diagnosis`). Faults of the same kind have followed
    each other since `since`, and `count` of them while other orders came to their end.
    """

    at: str
    cause: str
    kind: str | None = None
    provider: str | None = None
    since: str | None = None
    count: int = 0


def fault_of(error: Exception, *, at: str) -> OrderFault:
    """The fault that an exception is."""
    return OrderFault(at=at, cause=error_text(error))


def error_text(error: Exception) -> str:
    """What an exception is and says, in words that any item and any message can hold: bounded, in UTF-8.

    It may say anything, since it quotes what it could not read: a lone surrogate, for instance, which UTF-8
    does not have and DynamoDB does not take.
    """
    try:
        said = f"{type(error).__name__}: {error}"
    except Exception:
        # To put it into words can fail as well.
        said = type(error).__name__
    return said[:LONGEST_CAUSE].encode(errors="backslashreplace").decode()


class Order(Record, frozen=True):
    """An accepted order. Amounts are minor units of `currency`; a later price change never reaches them."""

    order_id: OrderId
    customer_id: CustomerId
    status: Status
    lines: tuple[OrderLine, ...]
    currency: str
    subtotal: int
    tax: int
    shipping: int
    discount: int
    total: int
    fingerprint: str
    nonce: str
    created_at: str
    updated_at: str
    history: tuple[Transition, ...]
    version: int
    reason: Reason | None = None
    # What the provider exchanges for money; dropped when the order ends.
    payment_token: str | None = None
    # Notes of whoever drives the order. They bump no version: nothing has happened to the order itself.
    attempts: int = 0
    nudged_at: str | None = None
    parked_at: str | None = None
    fault: OrderFault | None = None

    @property
    def waits_for(self) -> str | None:
        """The provider that the order waits for, if it could not be driven on for want of one since it
        moved last."""
        if self.status.is_terminal or self.fault is None or self.fault.at < self.updated_at:
            return None
        return self.fault.provider

    @property
    def price(self) -> Money:
        """What the customer pays."""
        return Money(amount=self.total, currency=self.currency)


class MixedCurrencies(ValueError):
    """The products of one order are priced in more than one currency."""


class UnknownSku(ValueError):
    """The catalogue has no such product. `index` is the line's place in the order."""

    def __init__(self, index: int, sku: str) -> None:
        super().__init__(f"the catalogue has no product `{sku}`")
        self.index = index


class PriceChanged(ValueError):
    """An order would not cost what its customer agreed to: `lines` and `total` say what it costs now."""

    def __init__(self, lines: tuple[OrderLine, ...], total: Money) -> None:
        super().__init__(f"the order costs {total} now")
        self.lines = lines
        self.total = total


def price_lines(wanted: Iterable[tuple[Sku, int]], catalogue: Mapping[Sku, Product]) -> tuple[OrderLine, ...]:
    """The lines of an order at the catalogue's prices, `wanted` being (SKU, quantity) pairs.

    Raises UnknownSku and MixedCurrencies.
    """
    lines = []
    currencies = set()
    for index, (sku, quantity) in enumerate(wanted):
        product = catalogue.get(sku)
        if product is None:
            raise UnknownSku(index, sku)
        currencies.add(product.price.currency)
        lines.append(
            OrderLine(sku=sku, name=product.name, quantity=quantity, unit_price=product.price.amount)
        )
    if len(currencies) > 1:
        raise MixedCurrencies(
            f"the products are priced in {', '.join(sorted(currencies))}: place one order for each"
        )
    return tuple(lines)


def accept(
    *,
    order_id: OrderId,
    customer_id: CustomerId,
    lines: tuple[OrderLine, ...],
    currency: str,
    payment_token: str,
    fingerprint: str,
    nonce: str,
    at: str,
    agreed: Money | None = None,
) -> Order:
    """A new order, PENDING. Prices hold tax and delivery already; there are no discounts yet.

    `agreed` is the total that the customer has agreed to, if they named one. Raises PriceChanged where the
    order costs anything else, be it less.
    """
    subtotal = sum(line.total for line in lines)
    total = Money(amount=subtotal, currency=currency)
    if agreed is not None and agreed != total:
        raise PriceChanged(lines, total)
    return Order(
        order_id=order_id,
        customer_id=customer_id,
        status=Status.PENDING,
        lines=lines,
        currency=total.currency,
        subtotal=subtotal,
        tax=0,
        shipping=0,
        discount=0,
        total=total.amount,
        payment_token=payment_token,
        fingerprint=fingerprint,
        nonce=nonce,
        created_at=at,
        updated_at=at,
        history=(Transition(status=Status.PENDING, at=at),),
        version=1,
    )
