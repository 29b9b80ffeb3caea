"""GET /products/{sku}: a product, and the number of units that can be ordered now."""

from ordering.dynamodb.client import Table
from ordering.http.conditional import is_unchanged
from ordering.http.entity_tags import entity_tag
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import PUBLIC, Response, route
from ordering.http.views import product_view
from ordering.repositories.catalogue import Catalogue

catalogue = Catalogue(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 200 with the product, 304 if `If-None-Match` names its `ETag`, or 404.

    The `ETag` covers the product and its images: a sale changes `available`, but not the `ETag`.
    """
    found = catalogue.find(request.sku())
    if found is None:
        raise Problem(ProblemType.PRODUCT_NOT_FOUND, "The catalogue has no product with this SKU.")
    headers = {"etag": entity_tag(found.tag), **PUBLIC}
    if is_unchanged(request, found.tag):
        return Response(304, None, headers)
    return Response(200, product_view(found), headers)
