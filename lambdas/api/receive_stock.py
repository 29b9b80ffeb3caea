"""POST /products/{sku}/stock: receives units, or corrects a wrong count, once for each `Idempotency-Key`."""

from msgspec import UNSET

from ordering.domain.clock import now
from ordering.domain.stock import StockEntry
from ordering.dynamodb.client import Table
from ordering.http.problems import Problem, ProblemType, invalid_field
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.stock import ReceiveStock
from ordering.http.views import stock_view
from ordering.repositories.catalogue import Catalogue
from ordering.repositories.stock_ledger import EntryMismatch, StockLedger, TooFewAvailable, UnknownProduct

catalogue = Catalogue(Table.of_environment())
ledger = StockLedger(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 200 with the current stock.

    A retry with the same key changes nothing and returns `Idempotency-Replayed: true`.

    `received` adds units. `adjusted` corrects a wrong count and needs a `reason`. A negative adjustment
    removes available units only: if there are fewer, it is refused with 409, which contains the number of
    units, and nothing is written. Deleting a product and creating it again does not bring removed units back.
    `GET` on the same path returns the ledger.

    The same key with other units or another reason is refused with 422. A key belongs to the product: it is
    the same key for all callers.
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
    # A stock that cannot be read is refused before anything is written.
    catalogue.stock(sku)
    try:
        first = ledger.enter(sku, entry)
    except UnknownProduct:
        detail = "Create the product before you add stock."
        raise Problem(ProblemType.PRODUCT_NOT_FOUND, detail) from None
    except EntryMismatch as error:
        kind = ProblemType.IDEMPOTENCY_KEY_REUSED
        raise invalid_field(kind, "Idempotency-Key", str(error)) from None
    except TooFewAvailable as error:
        raise _not_enough(error) from None
    headers = {} if first else {"idempotency-replayed": "true"}
    return Response(200, stock_view(catalogue.stock(sku)), headers)


def _not_enough(error: TooFewAvailable) -> Problem:
    available, held = error.stock.available, error.stock.held
    return Problem(
        ProblemType.NOT_ENOUGH_STOCK,
        f"{available} units are available and can be removed; open orders hold {held} more.",
        members={"available": available, "held": held},
    )
