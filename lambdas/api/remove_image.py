"""DELETE /products/{sku}/images/{imageId}: removes an image of a product, and its files.

| if it dies                                    | then                                                  |
|-----------------------------------------------|-------------------------------------------------------|
| before the image is removed from the product  | nothing has changed                                   |
| before its files are deleted                  | no read names them, and the sweep deletes them        |
"""

from ordering.aws.image_files import ImageFiles
from ordering.domain.images import Gallery, files_of, refused_key, upload_key
from ordering.dynamodb.client import Table
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.repositories.product_images import ProductGone, ProductImages

images = ProductImages(Table.of_environment())
files = ImageFiles.of_environment()


@route
def handler(request: Request) -> Response:
    """Returns 204. Returns 404 if the product or the image does not exist.

    An image that is still PENDING can be removed too: its upload is then not processed. Caches may keep
    thumbnails that they have read before.
    """
    sku, image_id = request.sku(), request.image_id()
    if image_id is None:
        raise _unknown()
    removed = None

    def remove(gallery: Gallery) -> Gallery:
        nonlocal removed
        removed = gallery.find(image_id)
        return gallery.removing(image_id)

    try:
        images.change(sku, remove)
    except ProductGone:
        raise Problem(ProblemType.PRODUCT_NOT_FOUND, "The catalogue has no product with this SKU.") from None
    if removed is None:
        raise _unknown()
    files.delete(
        [
            *(files_of(sku, image_id, removed.digest) if removed.digest else ()),
            upload_key(sku, image_id),
            refused_key(sku, image_id),
        ]
    )
    return Response(204, None)


def _unknown() -> Problem:
    return Problem(ProblemType.IMAGE_NOT_FOUND, "The product has no image with this id.")
