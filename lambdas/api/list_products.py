"""GET /products: the catalogue, page by page."""

from ordering.aws.logging import logger
from ordering.dynamodb.client import Table
from ordering.dynamodb.errors import IndexNotReady
from ordering.http.paging import catalogue_cursor, catalogue_position
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import PUBLIC, Response, route
from ordering.http.shapes.products import ProductPage
from ordering.http.views import product_view
from ordering.repositories.catalogue import Catalogue, ProductFilter

catalogue = Catalogue(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 200 with a page of up to `limit` products, sorted by SKU.

    Without `active`, it lists the products that can be ordered. `category` and `active=false` select others.
    A product that was changed may be listed as it was for a moment.
    """
    limit = request.int_parameter("limit", default=50, least=1, most=100)
    wanted = ProductFilter(request.category(), request.bool_parameter("active", default=True))
    cursor = request.query("cursor")
    after = catalogue_position(cursor, wanted) if cursor is not None else None
    try:
        products, unreadable, last = catalogue.page(wanted, limit, after)
    except IndexNotReady:
        logger.warning("index not ready")
        detail = "The lists of categories are being built. Until then, list the products without `category`."
        raise Problem(ProblemType.UNAVAILABLE, detail) from None
    page = ProductPage(
        products=[product_view(each) for each in products],
        unreadable=tuple(unreadable),
        next=catalogue_cursor(last, wanted) if last else None,
    )
    return Response(200, page, PUBLIC)
