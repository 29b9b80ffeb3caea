"""Makes the thumbnails of an image with Pillow. Only `make_thumbnails` imports this module: it has the layer.

| an upload that                         | is                                                          |
|----------------------------------------|-------------------------------------------------------------|
| is no JPEG, PNG or WebP                | refused, NOT_AN_IMAGE: no other format is decoded           |
| ends too early, or cannot be decoded   | refused, DAMAGED                                            |
| has too many pixels, or a side too long| refused, TOO_LARGE, by its header: it is not decoded  |
| has several frames                     | refused, ANIMATED                                           |
| has an orientation (EXIF)              | turned                                                      |
| has a colour profile                   | converted to sRGB; a profile that cannot be read is ignored |
| is CMYK                                | converted, by its profile if it has one                     |
| has 16 bits for each grey value        | reduced to 8                                                |
| is transparent                         | still transparent                                           |
| has metadata: position, camera, names  | shown without any                                           |

A thumbnail is made of pixels alone: no block of metadata is copied into it.
"""

import io
import struct
import warnings
from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from PIL import Image, ImageCms, UnidentifiedImageError

# Registers the three formats. Otherwise, Pillow would import the plugins of all formats for the first WebP.
from PIL import JpegImagePlugin as JpegImagePlugin
from PIL import PngImagePlugin as PngImagePlugin
from PIL import WebPImagePlugin as WebPImagePlugin

from ordering.domain.images import MAX_PIXELS, MAX_SIDE, ImageRefusal, Size, Thumbnail

_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_QUALITY = 80
_ORIENTATION = 0x0112
# The orientation of an image, as EXIF numbers it, and what brings it upright ("Exif 2.32", tag 274).
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Grey values with 16 bits or more. Pillow has no mode for colours of 16 bits: it reads them with 8.
_DEEP_GREY: Final = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
_TRANSPARENT: Final = ("RGBA", "LA", "PA", "RGBa", "La")

# What Pillow raises for files that are damaged, besides its own exceptions: most are raised in its parsers.
_DAMAGED: Final = (
    *(OSError, SyntaxError, ValueError, EOFError, struct.error, OverflowError),
    *(ArithmeticError, LookupError, TypeError, AttributeError, NotImplementedError, RuntimeError),
)

Image.MAX_IMAGE_PIXELS = MAX_PIXELS


class Refused(Exception):
    """The file is not an image that can be shown. `reason` is the cause, `detail` what Pillow reports."""

    def __init__(self, reason: ImageRefusal, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class MadeThumbnail(Struct, frozen=True):
    """A thumbnail, and the WebP file that contains it."""

    thumbnail: Thumbnail
    content: bytes


def make_thumbnails(content: bytes) -> list[MadeThumbnail]:
    """Return the thumbnails of an image, the smallest first. Raises Refused."""
    try:
        with _opened(content) as image:
            orientation = _orientation(image)
            profile = image.info.get("icc_profile")
            largest = _reduced(image)
            # Turned and converted when it is small: both need a copy of all pixels.
            upright = _in_srgb(largest, profile)
            if orientation in _UPRIGHT:
                upright = upright.transpose(_UPRIGHT[orientation])
            return list(reversed(list(_thumbnails(upright))))
    except Image.DecompressionBombError as error:
        raise Refused(ImageRefusal.TOO_LARGE, str(error)) from None
    except _DAMAGED as error:
        raise Refused(ImageRefusal.DAMAGED, f"{type(error).__name__}: {error}") from None


def _opened(content: bytes) -> Image.Image:
    """Return an image of which only the header has been read. Raises Refused."""
    try:
        with warnings.catch_warnings():
            # Pillow only warns up to twice the maximum.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=_FORMATS)
    except Image.DecompressionBombWarning as warning:
        raise Refused(ImageRefusal.TOO_LARGE, str(warning)) from None
    except UnidentifiedImageError:
        raise Refused(ImageRefusal.NOT_AN_IMAGE, "the file is neither JPEG, PNG nor WebP") from None
    width, height = image.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        image.close()
        raise Refused(ImageRefusal.TOO_LARGE, f"{width} × {height}")
    # A JPEG with several pictures (MPO) is a photo with its preview, which is not shown.
    if image.format in ("PNG", "WEBP") and getattr(image, "is_animated", False):
        image.close()
        raise Refused(ImageRefusal.ANIMATED, f"{getattr(image, 'n_frames', 'several')} frames")
    return image


def _orientation(image: Image.Image) -> int:
    """Return the orientation; 1 (upright) if the metadata cannot be read."""
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except _DAMAGED:
        return 1
    return found if isinstance(found, int) else 1


def _reduced(image: Image.Image) -> Image.Image:
    """Return the image with the size of the largest thumbnail, decoded, in a mode that can be resized."""
    side = Size.LARGE.longest_side
    # Lets a JPEG be decoded at a half, a quarter or an eighth of its size, which takes as much less memory.
    image.draft(None, (side, side))
    image.load()
    if image.mode in _DEEP_GREY:
        image = _eight_bits(image)
    elif image.mode in ("P", "PA", "1"):
        transparent = image.mode == "PA" or "transparency" in image.info
        image = image.convert("RGBA" if transparent else "RGB")
    elif image.mode in ("L", "RGB") and "transparency" in image.info:
        # One colour of a PNG is transparent.
        image = image.convert("RGBA")
    return _within(image, side)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return grey values of 16 bits with 8: `convert` alone would cut off all that are brighter than 255."""
    if image.mode == "F":
        return image.convert("L")
    return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")


def _within(image: Image.Image, side: int) -> Image.Image:
    """Return the image with its longer side of at most `side` pixels, and each side of at least one."""
    width, height = image.size
    scale = min(1.0, side / max(width, height))
    if scale == 1.0:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """Return the image in the colours of sRGB, with or without transparency."""
    wanted = "RGBA" if image.mode in _TRANSPARENT else "RGB"
    if image.mode in ("LA", "PA", "La", "RGBa"):
        image = image.convert("RGBA")
    if isinstance(profile, bytes) and profile:
        try:
            converted = _by_profile(image, profile)
        except (ImageCms.PyCMSError, *_DAMAGED):
            # Of another colour space than the image, or damaged: the colours are taken as sRGB.
            converted = image
        image = converted
    return image if image.mode == wanted else image.convert(wanted)


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image:
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha else image
    converted = ImageCms.profileToProfile(
        colours,
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        outputMode="RGB",
    )
    if converted is None:
        return image
    if alpha:
        converted.putalpha(alpha)
    return converted


def _thumbnails(image: Image.Image) -> Iterator[MadeThumbnail]:
    """Yield the thumbnails, the largest first: each is made of the one before."""
    for size in reversed(Size):
        image = _within(image, size.longest_side)
        # Without metadata: a copy of the pixels has none of the original's `info`.
        pixels = Image.new(image.mode, image.size)
        pixels.paste(image)
        file = io.BytesIO()
        pixels.save(file, "WEBP", quality=_QUALITY, method=4)
        yield MadeThumbnail(Thumbnail(size=size, width=image.width, height=image.height), file.getvalue())
