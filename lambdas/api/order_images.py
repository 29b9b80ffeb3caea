"""PUT /products/{sku}/images: changes the order in which the images of a product are shown."""

from ordering.domain.images import ImageId, WrongOrder
from ordering.dynamodb.client import Table
from ordering.http.problems import Problem, ProblemType, invalid_field
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.images import ImagesView, OrderImages
from ordering.http.views import image_views
from ordering.repositories.catalogue import Catalogue
from ordering.repositories.product_images import ProductGone, ProductImages

table = Table.of_environment()
catalogue, images = Catalogue(table), ProductImages(table)


@route
def handler(request: Request) -> Response:
    """Returns 200 with the images in the new order.

    The request names each image of the product once, as the product shows them. If an image was added or
    removed since you read the product, the response is 422: read it again.
    """
    sku = request.sku()
    wanted = [ImageId(each) for each in request.body(OrderImages).image_ids]
    try:
        changed = images.change(sku, lambda gallery: gallery.ordered(wanted))
    except ProductGone:
        raise _unknown() from None
    except WrongOrder as wrong:
        message = f"must name each image of the product once: {', '.join(wrong.images) or 'it has none'}"
        raise invalid_field(ProblemType.INVALID_BODY, "imageIds", message) from None
    # Without images, nothing was written that would have shown that there is no product.
    if not changed.images and not catalogue.has(sku):
        raise _unknown()
    return Response(200, ImagesView(images=image_views(changed)))


def _unknown() -> Problem:
    return Problem(ProblemType.PRODUCT_NOT_FOUND, "The catalogue has no product with this SKU.")
