"""PUT /products/{sku}: enter a product, or change the one there is. Orders placed keep their prices."""

from ordering.clock import now
from ordering.http.answer import Answer, route
from ordering.http.request import Request
from ordering.http.shapes import PutProduct
from ordering.http.views import product_view
from ordering.table.catalogue import Catalogue
from ordering.table.client import Table

catalogue = Catalogue(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """201 with the product when it is new, 200 when it was there."""
    sku, wanted = request.sku(), request.body(PutProduct)
    shelf = catalogue.put(sku, wanted.name, wanted.price, wanted.description, now())
    return Answer(201 if shelf.product.version == 1 else 200, product_view(shelf))
