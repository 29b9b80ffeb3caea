"""DELETE /products/{sku}: take a product out of the catalogue. Orders placed keep their lines."""

from ordering.http.answer import Answer, route
from ordering.http.conditional import expected_version, outpaced
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.table.catalogue import Catalogue, StockIsHeld
from ordering.table.client import Table
from ordering.table.versions import VersionMismatch

catalogue = Catalogue(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """204; 404 when it is not there; 409 while orders hold stock of it; `If-Match` as for a change."""
    sku = request.sku()
    shelf = catalogue.find(sku)
    if shelf is None:
        raise Problem(ProblemType.PRODUCT_NOT_FOUND, "The catalogue has no product of this SKU.")
    version = expected_version(request, shelf.product.version)
    try:
        catalogue.remove(sku, version or shelf.product.version)
    except StockIsHeld:
        detail = f"Open orders hold {shelf.stock.held or 'some'} of its units: try again later."
        raise Problem(ProblemType.STOCK_IS_HELD, detail) from None
    except VersionMismatch as mismatch:
        raise outpaced(mismatch) from None
    return Answer(204, None)
