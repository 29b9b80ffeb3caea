"""PUT /products/{sku}: enter a product, or change the one there is. Orders placed keep their prices."""

from ordering.domain.clock import now
from ordering.dynamodb.client import Table
from ordering.http.answer import Answer, route
from ordering.http.conditional import expected_tag, outpaced
from ordering.http.entity_tags import entity_tag
from ordering.http.request import Request
from ordering.http.shapes import PutProduct
from ordering.http.views import product_view
from ordering.repositories.catalogue import Catalogue, ProductWithStock
from ordering.repositories.versioned_items import ETagMismatch

catalogue = Catalogue(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """201 with the product when it is new, 200 when it was there and `If-Match` names its `ETag`.

    It replaces the whole: what is left out is gone. Orders that were placed keep their prices.
    """
    sku, wanted = request.sku(), request.body(PutProduct)
    # The stock is read now and not afterwards: once it is written, nothing may keep it from being answered.
    present, stock = catalogue.get_with_stock(sku)
    expected = expected_tag(request, present.tag if present else None)
    try:
        product = catalogue.put(
            sku, wanted.name, wanted.price, wanted.description, at=now(), expected=expected
        )
    except ETagMismatch as mismatch:
        raise outpaced(request, mismatch) from None
    status = 201 if expected is None else 200
    return Answer(status, product_view(ProductWithStock(product, stock)), {"etag": entity_tag(product.tag)})
