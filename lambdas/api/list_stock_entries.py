"""GET /products/{sku}/stock: a product's stock, and the ledger of how it came to be so much."""

from ordering.dynamodb.client import Table
from ordering.http.answer import Answer, route
from ordering.http.paging import cursor_to, position_of
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.shapes import StockPage
from ordering.http.views import stock_entry_view, stock_view
from ordering.repositories.catalogue import Catalogue
from ordering.repositories.stock_ledger import StockLedger, StockLedgerCursor

catalogue = Catalogue(Table.of_environment())
ledger = StockLedger(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """200 with the stock as it is now and up to `limit` entries, the newest first, after `cursor` if there is
    one.

    The ledger is kept for good, also when the product leaves the catalogue. An entry may be a moment late in
    the list; the figures are never late.
    """
    sku = request.sku()
    limit = request.whole_number("limit", default=50, least=1, most=100)
    purpose = f"stock {sku}"
    after = position_of(request, purpose, StockLedgerCursor)
    product, stock = catalogue.get_with_stock(sku)
    if product is None and not stock.version:
        detail = "The catalogue has no product of this SKU, and no stock of it was ever entered."
        raise Problem(ProblemType.PRODUCT_NOT_FOUND, detail)
    entries, position = ledger.entries(sku, limit, after)
    page = StockPage(
        stock=stock_view(stock),
        entries=[stock_entry_view(entry) for entry in entries],
        next=cursor_to(position, purpose) if position else None,
    )
    return Answer(200, page)
