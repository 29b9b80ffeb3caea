"""GET /products/{sku}/stock: a product's stock and its ledger."""

from ordering.dynamodb.client import Table
from ordering.http.paging import cursor_to, position_of
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.stock import StockPage
from ordering.http.views import stock_entry_view, stock_view
from ordering.repositories.catalogue import Catalogue
from ordering.repositories.stock_ledger import StockLedger, StockLedgerCursor

catalogue = Catalogue(Table.of_environment())
ledger = StockLedger(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 200 with the current stock and a page of up to `limit` ledger entries, newest first.

    The ledger is kept forever, also if the product is deleted. The list of entries may lag behind by a
    moment; the stock is always current.
    """
    sku = request.sku()
    limit = request.int_parameter("limit", default=50, least=1, most=100)
    purpose = f"stock {sku}"
    after = position_of(request, purpose, StockLedgerCursor)
    # The product itself is not shown, and its record may be unreadable.
    stock = catalogue.stock(sku)
    if not stock.version and not catalogue.has(sku):
        detail = "The catalogue has no product with this SKU, and no stock was ever entered for it."
        raise Problem(ProblemType.PRODUCT_NOT_FOUND, detail)
    entries, unreadable, position = ledger.entries(sku, limit, after)
    page = StockPage(
        stock=stock_view(stock),
        entries=[stock_entry_view(entry) for entry in entries],
        unreadable=tuple(unreadable),
        next=cursor_to(position, purpose) if position else None,
    )
    return Response(200, page)
