"""DELETE /products/{sku}: deletes a product. Existing orders keep their lines."""

from ordering.dynamodb.client import Table
from ordering.http.conditional import expected_tag, precondition_failed
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.repositories.catalogue import Catalogue, StockIsHeld
from ordering.repositories.versioned_items import ETagMismatch

catalogue = Catalogue(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 204. Returns 404 if the product does not exist, and 409 while open orders hold units of it.

    Existing orders keep their lines. The stock is kept; if you create the product again, it has the same
    stock.
    """
    sku = request.sku()
    found = catalogue.find(sku)
    if found is None:
        raise Problem(ProblemType.PRODUCT_NOT_FOUND, "The catalogue has no product with this SKU.")
    expected_tag(request, found.product.tag)
    try:
        catalogue.remove(sku, found.product.tag)
    except StockIsHeld:
        detail = f"Open orders hold {found.stock.held or 'some'} of its units; try again later."
        raise Problem(ProblemType.STOCK_IS_HELD, detail) from None
    except ETagMismatch as mismatch:
        raise precondition_failed(request, mismatch) from None
    return Response(204, None)
