"""PUT /products/{sku}: creates or updates a product. Existing orders keep their prices."""

from ordering.clock import now
from ordering.http.answer import Answer, route
from ordering.http.conditional import expected_tag, precondition_failed
from ordering.http.entity_tags import entity_tag
from ordering.http.request import Request
from ordering.http.shapes import PutProduct
from ordering.http.views import product_view
from ordering.table.catalogue import Catalogue, Shelf
from ordering.table.client import Table
from ordering.table.tags import TagMismatch

catalogue = Catalogue(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """Returns 201 if the product was created, and 200 if it was updated. An update needs `If-Match`.

    The request replaces the whole product: a field that you leave out is removed. Existing orders keep their
    prices.
    """
    sku, wanted = request.sku(), request.body(PutProduct)
    # The stock is read before the write, so that no call after the write can fail.
    present, stock = catalogue.look(sku)
    expected = expected_tag(request, present.tag if present else None)
    try:
        product = catalogue.put(
            sku, wanted.name, wanted.price, wanted.description, at=now(), expected=expected
        )
    except TagMismatch as mismatch:
        raise precondition_failed(request, mismatch) from None
    status = 201 if expected is None else 200
    return Answer(status, product_view(Shelf(product, stock)), {"etag": entity_tag(product.tag)})
