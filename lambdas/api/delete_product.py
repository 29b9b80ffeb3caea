"""DELETE /products/{sku}: take a product out of the catalogue. Orders placed keep their lines."""

from ordering.dynamodb.client import Table
from ordering.http.answer import Answer, route
from ordering.http.conditional import expected_tag, outpaced
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.repositories.catalogue import Catalogue, StockIsHeld
from ordering.repositories.versioned_items import ETagMismatch

catalogue = Catalogue(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """204; 404 when it is not there; 409 while orders hold stock of it; `If-Match` as for a change.

    Orders that were placed keep their lines. Its stock stays on record, and is there again with it.
    """
    sku = request.sku()
    shelf = catalogue.find(sku)
    if shelf is None:
        raise Problem(ProblemType.PRODUCT_NOT_FOUND, "The catalogue has no product of this SKU.")
    expected_tag(request, shelf.product.tag)
    try:
        catalogue.remove(sku, shelf.product.tag)
    except StockIsHeld:
        detail = f"Open orders hold {shelf.stock.held or 'some'} of its units: try again later."
        raise Problem(ProblemType.STOCK_IS_HELD, detail) from None
    except ETagMismatch as mismatch:
        raise outpaced(request, mismatch) from None
    return Answer(204, None)
