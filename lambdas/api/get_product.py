"""GET /products/{sku}: a product, and how many units of it can be ordered now."""

from ordering.http.answer import Answer, route
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.views import product_view
from ordering.table.catalogue import Catalogue
from ordering.table.client import Table

catalogue = Catalogue(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """200 with the product, or 404."""
    shelf = catalogue.find(request.sku())
    if shelf is None:
        raise Problem(ProblemType.PRODUCT_NOT_FOUND, "The catalogue has no product of this SKU.")
    return Answer(200, product_view(shelf))
