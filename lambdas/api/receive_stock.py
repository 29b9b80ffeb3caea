"""POST /products/{sku}/stock: units came in. Counted once for each `Idempotency-Key`."""

from ordering.clock import now
from ordering.http.answer import Answer, route
from ordering.http.problems import Problem, ProblemType, invalid_field
from ordering.http.request import Request
from ordering.http.shapes import ReceiveStock
from ordering.http.views import stock_view
from ordering.table.catalogue import Catalogue, ReceiptMismatch, UnknownProduct
from ordering.table.client import Table

catalogue = Catalogue(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """200 with the stock as it is then; a repeat of the key changes nothing and says so.

    With another number of units a repeat is refused with 422. A key belongs to its product, whoever sends it.
    """
    sku, wanted = request.sku(), request.body(ReceiveStock)
    key = request.required_idempotency_key()
    try:
        first = catalogue.receive(sku, wanted.received, key, now())
    except UnknownProduct:
        detail = "Enter the product before its stock."
        raise Problem(ProblemType.PRODUCT_NOT_FOUND, detail) from None
    except ReceiptMismatch as error:
        kind = ProblemType.IDEMPOTENCY_KEY_REUSED
        raise invalid_field(kind, "Idempotency-Key", str(error)) from None
    headers = {} if first else {"idempotency-replayed": "true"}
    return Answer(200, stock_view(catalogue.stock(sku)), headers)
