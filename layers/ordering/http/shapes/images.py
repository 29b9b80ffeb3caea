"""Images of products."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Meta

from ordering.domain.base import Body
from ordering.domain.images import (
    IMAGE_ID_PATTERN,
    MAX_BYTES,
    MAX_IMAGES,
    ImageRefusal,
    ImageStatus,
    ImageType,
    Size,
)
from ordering.http.shapes.base import Time, View

ImageIdText = Annotated[
    str,
    Meta(
        pattern=IMAGE_ID_PATTERN,
        max_length=32,
        description="The image's id.",
        examples=["0f8b1c5e7a9d4e6fb3c2a1d0e9f87654"],
    ),
]


class UploadImage(Body, frozen=True):
    """An image to upload."""

    content_type: Annotated[ImageType, Meta(description="The media type with which the file will be sent.")]
    size: Annotated[
        int, Meta(ge=1, le=MAX_BYTES, description="The exact size of the file, in bytes.", examples=[184320])
    ]


class OrderImages(Body, frozen=True):
    """The order in which the images of a product are shown."""

    image_ids: Annotated[
        Sequence[ImageIdText],
        Meta(
            max_length=MAX_IMAGES,
            description="The ids of all images of the product, the most important first.",
        ),
    ]


class ThumbnailView(View, frozen=True):
    """A WebP file of an image. It never changes, so it may be cached without a limit."""

    size: Annotated[Size, Meta(description="Its size: the longer side has at most 320, 800 or 1600 pixels.")]
    url: Annotated[
        str,
        Meta(
            description=(
                "Where the file is, as a path of this API: resolve it against the API's own URL, without a "
                "slash at the end, by appending it."
            ),
            examples=["/images/MUG-RED/0f8b1c5e7a9d4e6fb3c2a1d0e9f87654/5e0c7a1b9d3f4826-small.webp"],
        ),
    ]
    width: Annotated[int, Meta(ge=1, description="In pixels.")]
    height: Annotated[int, Meta(ge=1, description="In pixels.")]


class ImageView(View, frozen=True):
    """An image of a product. It has thumbnails once it is READY, and a `reason` if it is REFUSED."""

    image_id: ImageIdText
    status: Annotated[ImageStatus, Meta(description="PENDING until the upload has been processed.")]
    created_at: Time
    thumbnails: Annotated[Sequence[ThumbnailView], Meta(description="The smallest first.")] = ()
    reason: Annotated[ImageRefusal, Meta(description="Why the upload was refused.")] | None = None


class ImagesView(View, frozen=True):
    """The images of a product."""

    images: Annotated[Sequence[ImageView], Meta(description="In the order in which they are shown.")]


class UploadForm(View, frozen=True):
    """A form that accepts the file of one image.

    Send it as `multipart/form-data`: all `fields`, and the file as the last field, named `file`.
    """

    image: Annotated[ImageView, Meta(description="The image: it is PENDING.")]
    url: Annotated[str, Meta(description="Where the form is sent, with POST.")]
    fields: Annotated[
        Mapping[str, str],
        Meta(
            description="The fields of the form. The file is the last one.",
            examples=[{"key": "uploads/MUG-RED/0f8b1c5e7a9d4e6fb3c2a1d0e9f87654"}],
        ),
    ]
    expires_at: Time
