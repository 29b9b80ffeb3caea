"""GET /products: the catalogue, page by page."""

from ordering.dynamodb.client import Table
from ordering.http.answer import PUBLIC, Answer, route
from ordering.http.cursor import cursor_after, sku_of
from ordering.http.request import Request
from ordering.http.shapes import ProductPage
from ordering.http.views import product_view
from ordering.repositories.catalogue import Catalogue

catalogue = Catalogue(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """200 with up to `limit` products by SKU, after `cursor` if there is one."""
    limit = request.whole_number("limit", default=50, least=1, most=100)
    cursor = request.query("cursor")
    shelves, last = catalogue.page(limit, sku_of(cursor) if cursor is not None else None)
    page = ProductPage(
        products=[product_view(shelf) for shelf in shelves],
        next=cursor_after(last) if last else None,
    )
    return Answer(200, page, PUBLIC)
