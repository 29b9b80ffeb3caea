"""The images of a product, and the keys of their files in the bucket.

| prefix       | contains                                         | ends when                           |
|--------------|--------------------------------------------------|-------------------------------------|
| `uploads/`   | what a client uploaded, until it is processed    | it is processed, or a day is over   |
| `originals/` | the upload of an image that is READY, unchanged  | the image is removed                |
| `images/`    | its thumbnails, which the API returns            | the image is removed                |
| `refused/`   | an upload that was refused, for the investigator | the image is removed, or 30 days    |

The key of a file of a READY image contains a digest of the upload. So a file never changes once its key is
known: it can be cached without a limit, and two invocations that process different uploads of one image
never write the same file.
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated, NamedTuple, NewType

from msgspec import Meta, structs

from ordering.domain.base import Positive, Record
from ordering.domain.clock import StoredTime, ago
from ordering.domain.product import SKU_PATTERN, Sku, StoredSku
from ordering.domain.text import END

ImageId = NewType("ImageId", str)

IMAGE_ID_PATTERN = rf"^[0-9a-f]{{32}}{END}"
IMAGE_ID_IN_WORDS = "must be an image's id: 32 hexadecimal digits in small letters"
_DIGEST_PATTERN = rf"^[0-9a-f]{{16}}{END}"

UPLOADS = "uploads/"
ORIGINALS = "originals/"
THUMBNAILS = "images/"
REFUSED = "refused/"

MAX_BYTES = 10 * 1024 * 1024
"""The size of the largest upload."""
MAX_PIXELS = 40_000_000
"""The number of pixels of the largest image. Decoded, each takes four bytes of memory."""
MAX_SIDE = 12_000
"""The largest width and the largest height of an image, in pixels."""
MAX_IMAGES = 12
"""The number of images that a product may have, whatever their status."""
LINK_MINUTES = 10
"""For how long a form accepts an upload."""
ABANDONED_AFTER_HOURS = 24
"""After how long an image without an upload is forgotten. The bucket deletes its upload after as long."""
REFUSED_DAYS = 30
"""For how long a refused upload, and the cause, are kept."""


class ImageType(StrEnum):
    """The media types that may be uploaded."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"


class ImageStatus(StrEnum):
    """PENDING: waits for its upload, or is processed. READY: has thumbnails. REFUSED: `reason` says why."""

    PENDING = "PENDING"
    READY = "READY"
    REFUSED = "REFUSED"


class ImageRefusal(StrEnum):
    """Why an upload was refused.

    NOT_AN_IMAGE: the file is not a JPEG, PNG or WebP image, whatever its name or its `Content-Type`.
    DAMAGED: the file ends too early, or cannot be decoded. TOO_LARGE: it has more than 40 million pixels, or
    a side of more than 12,000. ANIMATED: it has several frames.
    """

    NOT_AN_IMAGE = "NOT_AN_IMAGE"
    DAMAGED = "DAMAGED"
    TOO_LARGE = "TOO_LARGE"
    ANIMATED = "ANIMATED"


class Size(StrEnum):
    """The sizes of thumbnails."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"

    @property
    def longest_side(self) -> int:
        """The length of the longer side, in pixels. A smaller image is not enlarged."""
        return {Size.SMALL: 320, Size.MEDIUM: 800, Size.LARGE: 1600}[self]


class Thumbnail(Record, frozen=True):
    """A thumbnail of an image."""

    size: Size
    width: Positive
    height: Positive


class ProductImage(Record, frozen=True):
    """One image of a product. `digest` and `thumbnails` are set once it is READY."""

    image_id: Annotated[ImageId, Meta(pattern=IMAGE_ID_PATTERN)]
    status: ImageStatus
    created_at: StoredTime
    reason: ImageRefusal | None = None
    digest: Annotated[str, Meta(pattern=_DIGEST_PATTERN)] | None = None
    thumbnails: tuple[Thumbnail, ...] = ()

    def is_forgotten(self) -> bool:
        """Whether it was never uploaded, or was refused long ago."""
        match self.status:
            case ImageStatus.PENDING:
                return self.created_at < ago(hours=ABANDONED_AFTER_HOURS)
            case ImageStatus.REFUSED:
                return self.created_at < ago(days=REFUSED_DAYS)
            case ImageStatus.READY:
                return False


class TooManyImages(Exception):
    """The product has as many images as it may have."""


class WrongOrder(Exception):
    """The ids are not those of the product's images, each once. `images` are the ids it has."""

    def __init__(self, images: Sequence[ImageId]) -> None:
        super().__init__(", ".join(images))
        self.images = images


class Gallery(Record, frozen=True):
    """The images of a product, in the order in which they are shown."""

    sku: StoredSku
    images: tuple[ProductImage, ...] = ()
    tag: str = ""
    """Changes with every change. Empty if there was none yet."""

    def find(self, image_id: ImageId) -> ProductImage | None:
        """Return the image with this id."""
        return next((each for each in self.images if each.image_id == image_id), None)

    @property
    def shown(self) -> tuple[ProductImage, ...]:
        """The images, without those that are forgotten."""
        return tuple(each for each in self.images if not each.is_forgotten())

    def adding(self, image: ProductImage) -> "Gallery":
        """Return the gallery with one more image, and without forgotten ones. Raises TooManyImages."""
        kept = self.shown
        if len(kept) >= MAX_IMAGES:
            raise TooManyImages(self.sku)
        return structs.replace(self, images=(*kept, image))

    def replacing(self, image: ProductImage) -> "Gallery":
        """Return the gallery with `image` in the place of the one with its id."""
        images = tuple(image if each.image_id == image.image_id else each for each in self.images)
        return structs.replace(self, images=images)

    def removing(self, image_id: ImageId) -> "Gallery":
        """Return the gallery without the image of this id."""
        return structs.replace(self, images=tuple(e for e in self.images if e.image_id != image_id))

    def ordered(self, image_ids: Sequence[ImageId]) -> "Gallery":
        """Return the gallery in this order, without forgotten images. Raises WrongOrder."""
        by_id = {each.image_id: each for each in self.shown}
        if sorted(image_ids) != sorted(by_id):
            raise WrongOrder(list(by_id))
        return structs.replace(self, images=tuple(by_id[id] for id in image_ids))


class ImageFile(NamedTuple):
    """What the key of a file names. `digest` is None in the keys of uploads and refused uploads."""

    prefix: str
    sku: Sku
    image_id: ImageId
    digest: str | None


_OF_IMAGE = rf"{SKU_PATTERN.removeprefix('^').removesuffix(END)}/[0-9a-f]{{32}}"
_KEYS = (
    re.compile(rf"(?P<prefix>{UPLOADS}|{REFUSED})(?P<image>{_OF_IMAGE})(?P<digest>)"),
    re.compile(rf"(?P<prefix>{ORIGINALS})(?P<image>{_OF_IMAGE})/(?P<digest>[0-9a-f]{{16}})"),
    re.compile(
        rf"(?P<prefix>{THUMBNAILS})(?P<image>{_OF_IMAGE})/"
        rf"(?P<digest>[0-9a-f]{{16}})-(?:{'|'.join(Size)})\.webp"
    ),
)


def upload_key(sku: Sku, image_id: ImageId) -> str:
    """The key of an upload that is not processed yet."""
    return f"{UPLOADS}{sku}/{image_id}"


def refused_key(sku: Sku, image_id: ImageId) -> str:
    """The key of an upload that was refused."""
    return f"{REFUSED}{sku}/{image_id}"


def original_key(sku: Sku, image_id: ImageId, digest: str) -> str:
    """The key of the upload of a READY image."""
    return f"{ORIGINALS}{sku}/{image_id}/{digest}"


def thumbnail_key(sku: Sku, image_id: ImageId, digest: str, size: Size) -> str:
    """The key of a thumbnail. It is the path of its URL, too."""
    return f"{THUMBNAILS}{sku}/{image_id}/{digest}-{size}.webp"


def files_of(sku: Sku, image_id: ImageId, digest: str) -> Iterator[str]:
    """Yield the keys of all files of a READY image."""
    yield original_key(sku, image_id, digest)
    for size in Size:
        yield thumbnail_key(sku, image_id, digest, size)


def file_of_key(key: str) -> ImageFile | None:
    """Return what a key names; None if it is not the key of a file of an image."""
    for pattern in _KEYS:
        if match := pattern.fullmatch(key):
            sku, _, image_id = match["image"].partition("/")
            return ImageFile(match["prefix"], Sku(sku), ImageId(image_id), match["digest"] or None)
    return None
