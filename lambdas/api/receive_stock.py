"""POST /products/{sku}/stock: units came in, or the count was wrong. Once for each `Idempotency-Key`."""

from msgspec import UNSET

from ordering.domain.clock import now
from ordering.domain.stock import StockEntry
from ordering.dynamodb.client import Table
from ordering.http.answer import Answer, route
from ordering.http.problems import Problem, ProblemType, invalid_field
from ordering.http.request import Request
from ordering.http.shapes import ReceiveStock
from ordering.http.views import stock_view
from ordering.repositories.catalogue import Catalogue
from ordering.repositories.stock_ledger import EntryMismatch, StockLedger, TooFewAvailable, UnknownProduct

catalogue = Catalogue(Table.of_environment())
ledger = StockLedger(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """200 with the stock as it is then; a repeat of the key changes nothing and says so.

    `received` counts units that came in. `adjusted` puts a wrong count right, and wants the `reason`: what is
    below zero takes units out, of those that are available and of no others. When there are fewer it is
    refused with 409, which tells how many there are, and nothing is written. Removing a product and entering
    it again brings back none that were taken out. `GET` of the same path reads the ledger.

    With other units or another reason a repeat is refused with 422. A key belongs to its product, whoever
    sends it.
    """
    sku, wanted = request.sku(), request.body(ReceiveStock)
    entry = StockEntry(
        key=request.required_idempotency_key(),
        created_at=now(),
        received=wanted.received or 0,
        adjusted=wanted.adjusted or 0,
        reason=None if wanted.reason is UNSET else wanted.reason,
        by=request.caller.customer_id,
    )
    try:
        first = ledger.enter(sku, entry)
    except UnknownProduct:
        detail = "Enter the product before its stock."
        raise Problem(ProblemType.PRODUCT_NOT_FOUND, detail) from None
    except EntryMismatch as error:
        kind = ProblemType.IDEMPOTENCY_KEY_REUSED
        raise invalid_field(kind, "Idempotency-Key", str(error)) from None
    except TooFewAvailable as error:
        raise _not_enough(error) from None
    headers = {} if first else {"idempotency-replayed": "true"}
    return Answer(200, stock_view(catalogue.stock(sku)), headers)


def _not_enough(error: TooFewAvailable) -> Problem:
    available, held = error.stock.available, error.stock.held
    return Problem(
        ProblemType.NOT_ENOUGH_STOCK,
        f"{available} units are available and can be taken out; open orders hold {held} more.",
        members={"available": available, "held": held},
    )
