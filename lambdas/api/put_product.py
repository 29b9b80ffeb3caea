"""PUT /products/{sku}: creates or updates a product. Existing orders keep their prices."""

from msgspec.structs import replace

from ordering.domain import canary
from ordering.domain.clock import now
from ordering.dynamodb.client import Table
from ordering.http.conditional import expected_tag, precondition_failed
from ordering.http.entity_tags import entity_tag
from ordering.http.problems import ProblemType, invalid_field
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.products import PutProduct
from ordering.http.views import product_view
from ordering.repositories.catalogue import Catalogue, ProductWithStock
from ordering.repositories.versioned_items import ETagMismatch

catalogue = Catalogue(Table.of_environment())

# The threshold is compared with the units of the first shard.
_STILL_IN_SHARDS = (
    "units are still in shards of the stock; leave it out, set `stockShards` to 1, and set it when the open "
    "orders have ended"
)


@route
def handler(request: Request) -> Response:
    """Returns 201 if the product was created, and 200 if it was updated. An update needs `If-Match`.

    The request replaces the whole product: a field that you leave out is removed, and without `active` the
    product is active. Existing orders keep their prices, and are processed even if the product is inactive
    now.
    """
    sku, wanted = request.sku(), request.body(PutProduct)
    if sku == canary.SKU:
        raise invalid_field(ProblemType.INVALID_PARAMETER, "sku", canary.SKU_IS_RESERVED)
    # The stock is read before the write, so that no call after the write can fail the request.
    stored, stock, images = catalogue.get_with_stock(sku)
    expected = expected_tag(request, stored.tag if stored else None)
    if wanted.low_stock_at is not None and stock.shards > 1 and catalogue.has_units_in_further_shards(sku):
        raise invalid_field(ProblemType.INVALID_BODY, "lowStockAt", _STILL_IN_SHARDS)
    try:
        spread_by_product = stored.stock_shards if stored else 1
        if wanted.stock_settings == stock.settings and spread_by_product == stock.spread:
            product = catalogue.put(sku, wanted.facts, at=now(), expected=expected)
        else:
            product = catalogue.put_with_stock_settings(
                sku,
                wanted.facts,
                wanted.stock_settings,
                stored=stored,
                stock=stock,
                at=now(),
                expected=expected,
            )
            stock = replace(stock, low_stock_at=wanted.low_stock_at)
    except ETagMismatch as mismatch:
        raise precondition_failed(request, mismatch) from None
    if max(stock.shards, wanted.stock_shards) > 1:
        catalogue.spread(sku, now())
    status = 201 if expected is None else 200
    found = ProductWithStock(product, stock, images)
    return Response(status, product_view(found), {"etag": entity_tag(found.tag)})
