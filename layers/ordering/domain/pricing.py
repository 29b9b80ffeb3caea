"""Prices of an order: its lines at the catalogue's prices, and the new order with their sum."""

from collections.abc import Iterable, Mapping

from ordering import guards
from ordering.domain.money import Money
from ordering.domain.order import CustomerId, Order, OrderId, OrderLine, Status, Transition
from ordering.domain.product import Product, Sku
from ordering.domain.trace import Trace
from ordering.guards import Guard


class MixedCurrencies(ValueError):
    """The products of one order are priced in more than one currency."""


class UnknownSku(ValueError):
    """The catalogue has no such product, or it is inactive. `index` is the index of the line in the order."""

    def __init__(self, index: int, sku: str, *, inactive: bool = False) -> None:
        super().__init__(
            f"the product `{sku}` is inactive; remove it from the order"
            if inactive
            else f"the catalogue has no product `{sku}`"
        )
        self.index = index


class PriceChanged(ValueError):
    """The order does not cost what the customer agreed to. `lines` and `total` are the current ones."""

    def __init__(self, lines: tuple[OrderLine, ...], total: Money) -> None:
        super().__init__(f"the order costs {total} now")
        self.lines = lines
        self.total = total


def price_lines(wanted: Iterable[tuple[Sku, int]], catalogue: Mapping[Sku, Product]) -> tuple[OrderLine, ...]:
    """Return the lines of an order at the catalogue's prices; `wanted` contains (SKU, quantity) pairs.

    Raises UnknownSku and MixedCurrencies.
    """
    lines = []
    currencies = set()
    for index, (sku, quantity) in enumerate(wanted):
        product = catalogue.get(sku)
        if product is None or not product.active:
            raise UnknownSku(index, sku, inactive=product is not None)
        currencies.add(product.price.currency)
        lines.append(
            OrderLine(
                sku=sku,
                name=product.name,
                quantity=quantity,
                unit_price=product.price.amount,
                category=product.category,
                stock_shards=product.stock_shards,
            )
        )
    if len(currencies) > 1:
        raise MixedCurrencies(
            f"the products are priced in {', '.join(sorted(currencies))}; place one order for each currency"
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
    trace: Trace | None = None,
) -> Order:
    """Return a new order, PENDING. Prices include tax and delivery; there are no discounts yet.

    `agreed` is the total that the customer agreed to, if the request states one. Raises PriceChanged if the
    order has another total, even a lower one.
    """
    subtotal = sum(line.total for line in lines)
    total = Money(amount=subtotal, currency=currency)
    if guards.applies(Guard.PLACE_AGREED, agreed is not None and agreed != total):
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
        trace=trace,
    )
