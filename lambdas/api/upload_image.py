"""POST /products/{sku}/images: a form by which a client uploads one image of a product."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from ordering.aws.image_files import ImageFiles
from ordering.domain.clock import as_text, now
from ordering.domain.images import (
    LINK_MINUTES,
    MAX_IMAGES,
    ImageId,
    ImageStatus,
    ProductImage,
    TooManyImages,
    upload_key,
)
from ordering.dynamodb.client import Table
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.images import UploadForm, UploadImage
from ordering.http.views import image_view
from ordering.repositories.product_images import ProductGone, ProductImages

images = ProductImages(Table.of_environment())
files = ImageFiles.of_environment()


@route
def handler(request: Request) -> Response:
    """Returns 201 with a form that accepts one file, of exactly this size and media type, for ten minutes.

    The image is PENDING until the file has been uploaded and processed, which takes some seconds. Then it is
    READY, or REFUSED with a `reason`: read the product to see it. An image that is never uploaded disappears
    after a day.

    Files may be JPEG, PNG or WebP, with at most 10 MiB, 40 million pixels and 12,000 pixels on a side, and
    must not be animated. Thumbnails contain no metadata of the file, such as the position of the camera. If
    the form is used twice, the first file that is processed counts.
    """
    sku, wanted = request.sku(), request.body(UploadImage)
    image = ProductImage(image_id=ImageId(uuid4().hex), status=ImageStatus.PENDING, created_at=now())
    # Written before the form is given out, so that no upload arrives for an unknown image.
    try:
        images.change(sku, lambda gallery: gallery.adding(image))
    except ProductGone:
        detail = "Create the product before you upload its images."
        raise Problem(ProblemType.PRODUCT_NOT_FOUND, detail) from None
    except TooManyImages:
        detail = f"It has {MAX_IMAGES} images, those included that were refused; remove one first."
        raise Problem(ProblemType.TOO_MANY_IMAGES, detail) from None
    expires = datetime.now(UTC) + timedelta(minutes=LINK_MINUTES)
    form = files.form(
        upload_key(sku, image.image_id), wanted.content_type, wanted.size, seconds=LINK_MINUTES * 60
    )
    answer = UploadForm(
        image=image_view(sku, image), url=form.url, fields=form.fields, expires_at=as_text(expires)
    )
    return Response(201, answer)
