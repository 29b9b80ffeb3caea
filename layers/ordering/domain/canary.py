"""The canary order: an order that is placed every few minutes only to show that orders reach their end.

Its product is not stored, so it is in no list, has no stock, and can have none. So the order ends REJECTED
because it is out of stock, before any provider is called: it moves no units, no money and no goods. It is
excluded from the business's figures and causes no mail; its events are published like those of any order, and
`OrderEvent.is_canary` recognises it by its only line.
"""

from collections.abc import Mapping

from ordering.domain.order import Reason, Status
from ordering.domain.product import Product, ProductPrice, Sku

SKU = Sku("ORDERS-CANARY")
"""Reserved: neither the API nor an import creates a product with it."""

SKU_IS_RESERVED = "is reserved for the order that monitors this API; choose another SKU"

SCOPE = "orders:canary"
"""The scope that a token must have to order it, in addition to `orders:write`."""

END = (Status.REJECTED, Reason.OUT_OF_STOCK)
"""How it ends if all is well: the status, and the reason."""

CANCELLED_END = (Status.CANCELLED, Reason.CUSTOMER_REQUEST)
"""How it ends if it was cancelled before that."""

PRODUCT = Product(
    sku=SKU,
    name="Canary",
    # Free, so that the total is 0 even if somebody wrote stock of it into the table.
    price=ProductPrice(amount=0, currency="EUR"),
    created_at="1970-01-01T00:00:00.000Z",
    updated_at="1970-01-01T00:00:00.000Z",
    version=1,
    tag="",
)


def orderable(stored: Mapping[Sku, Product], *, by_canary: bool) -> Mapping[Sku, Product]:
    """Return the products that a caller may order, of those that are stored.

    Only the canary may order its product. If a product with its SKU is stored, which only an earlier release
    can have done, no caller may: that one could be in stock.
    """
    if SKU in stored:
        return {sku: product for sku, product in stored.items() if sku != SKU}
    return {**stored, SKU: PRODUCT} if by_canary else stored
