"""GET /products/{sku}: a product, and how many units of it can be ordered now."""

from ordering.dynamodb.client import Table
from ordering.http.answer import PUBLIC, Answer, route
from ordering.http.conditional import is_unchanged
from ordering.http.entity_tags import entity_tag
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.views import product_view
from ordering.repositories.catalogue import Catalogue

catalogue = Catalogue(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """200 with the product, 304 where the caller has it already, or 404.

    The `ETag` is the product's: a sale changes `available` and leaves it as it is.
    """
    shelf = catalogue.find(request.sku())
    if shelf is None:
        raise Problem(ProblemType.PRODUCT_NOT_FOUND, "The catalogue has no product of this SKU.")
    headers = {"etag": entity_tag(shelf.product.tag), **PUBLIC}
    if is_unchanged(request, shelf.product.tag):
        return Answer(304, None, headers)
    return Answer(200, product_view(shelf), headers)
