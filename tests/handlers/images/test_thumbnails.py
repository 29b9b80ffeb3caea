"""What becomes of the pixels: orientation, colours, transparency, metadata; and which files are refused."""

import io
import zlib
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from ordering.domain.images import MAX_PIXELS, MAX_SIDE, ImageRefusal, Size
from ordering.thumbnails import Refused, make_thumbnails
from tests.handlers.images.pictures import (
    BLUE,
    GREEN,
    RED,
    animation,
    noise,
    opened,
    picture,
    png_of_size,
    position_exif,
    saved,
)

Colour = tuple[int, ...]


def _small(content: bytes) -> Image.Image:
    return opened(make_thumbnails(content)[0].content)


def _corners(image: Image.Image) -> list[Colour]:
    """Returns the colours near the four corners: upper left, upper right, lower left, lower right."""
    width, height = image.size
    columns, rows = (width // 8, width - 1 - width // 8), (height // 8, height - 1 - height // 8)
    found: list[Colour] = []
    for y in rows:
        for x in columns:
            pixel = image.convert("RGB").getpixel((x, y))
            assert isinstance(pixel, tuple)
            found.append(tuple(int(each) for each in pixel))
    return found


def _near(found: Sequence[Colour], wanted: Sequence[Colour], within: int = 25) -> bool:
    return all(
        abs(a - b) <= within
        for one, other in zip(found, wanted, strict=True)
        for a, b in zip(one, other, strict=True)
    )


UPRIGHT = [RED, GREEN, RED, BLUE]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_image_is_turned_upright(orientation: int, format: str) -> None:
    """The pixels are stored as the camera held them, and the metadata says how to turn them."""
    to_stored = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    image = picture(size=(600, 400))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = image.transpose(to_stored) if to_stored is not None else image
    small = _small(saved(stored, format, exif=exif.tobytes()))
    assert small.size == (320, 213)
    assert _near(_corners(small), UPRIGHT)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_thumbnails_contain_no_metadata_of_the_file(format: str) -> None:
    """Least of all the position of the camera."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more = {"comment": b"Secret comment"} if format == "JPEG" else {}
    content = saved(picture(size=(400, 600)), format, exif=position_exif(), icc_profile=profile, **more)
    assert b"Secret Camera" in content
    assert opened(content).getexif().get_ifd(0x8825)
    for made in make_thumbnails(content):
        image = opened(made.content)
        assert dict(image.getexif()) == {}
        assert {"exif", "xmp", "icc_profile", "comment"} & set(image.info) == set()
        assert b"Secret" not in made.content
        for block in (b"EXIF", b"XMP ", b"ICCP"):
            assert block not in made.content


def test_colours_are_converted_to_srgb_by_the_profile_of_the_file() -> None:
    """Where a profile exchanges red and green, so does the conversion; sRGB's own profile changes nothing."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    flat = Image.new("RGB", (40, 40), (120, 160, 90))
    same = _small(saved(flat, "PNG", icc_profile=srgb))
    converted = _small(saved(flat, "PNG", icc_profile=_exchanged_primaries()))
    assert _near(_corners(same), [(120, 160, 90)] * 4, within=6)
    assert _near(_corners(converted), [(160, 120, 90)] * 4, within=6)


def _exchanged_primaries() -> bytes:
    """Returns an sRGB profile whose red and green primaries are exchanged: any conversion shows."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {}
    for n in range(int.from_bytes(profile[128:132])):
        entry = 132 + 12 * n
        tags[bytes(profile[entry : entry + 4])] = int.from_bytes(profile[entry + 4 : entry + 8])
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    profile[red : red + 20], profile[green : green + 20] = (
        profile[green : green + 20],
        profile[red : red + 20],
    )
    return bytes(profile)


@pytest.mark.parametrize("profile", [b"not a profile", b"\0" * 200, zlib.compress(b"x" * 1000)])
def test_profile_that_cannot_be_read_is_ignored(profile: bytes) -> None:
    small = _small(saved(picture(size=(60, 40)), "JPEG", icc_profile=profile))
    assert _near(_corners(small), UPRIGHT)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1", "CMYK", "RGBA", "LA", "YCbCr"])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_every_kind_of_pixels_becomes_rgb(mode: str, format: str) -> None:
    try:
        content = saved(picture(mode, (600, 400)), format)
    except OSError:
        pytest.skip(f"{format} has no {mode}")
    small = _small(content)
    # WebP keeps no transparency that no pixel uses.
    assert (small.mode, small.size) == ("RGB", (320, 213))
    if mode in ("RGB", "CMYK", "RGBA", "YCbCr", "P"):
        assert _near(_corners(small), UPRIGHT, within=60)


def test_sixteen_bits_for_each_grey_value_are_reduced_to_eight() -> None:
    """A plain conversion would make everything white that is brighter than 1/256."""
    grey = Image.new("I;16", (64, 64), 0x8000)
    pixel = _small(saved(grey, "PNG")).getpixel((32, 32))
    assert isinstance(pixel, tuple)
    assert all(abs(channel - 0x80) <= 3 for channel in pixel)


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_transparent_image_stays_transparent(format: str) -> None:
    image = picture("RGBA", (600, 400))
    image.paste((0, 0, 0, 0), (0, 0, 300, 400))
    small = _small(saved(image, format))
    assert small.getpixel((40, 100))[3] == 0  # type: ignore[index]
    assert small.getpixel((280, 40))[3] == 255  # type: ignore[index]


def test_one_transparent_colour_of_a_palette_stays_transparent() -> None:
    image = picture(size=(600, 400)).quantize(4)
    content = saved(image, "PNG", transparency=image.getpixel((10, 10)))
    small = _small(content)
    assert small.mode == "RGBA"
    assert small.getpixel((40, 100))[3] == 0  # type: ignore[index]


def test_small_image_is_not_enlarged() -> None:
    sizes = [(each.thumbnail.width, each.thumbnail.height) for each in make_thumbnails(saved(picture()))]
    assert sizes == [(60, 40)] * 3


@pytest.mark.parametrize("size", [(MAX_SIDE, 1), (1, MAX_SIDE), (MAX_SIDE, 3)])
def test_very_long_image_keeps_at_least_one_pixel_on_each_side(size: tuple[int, int]) -> None:
    for made in make_thumbnails(saved(Image.new("RGB", size), "PNG")):
        assert min(made.thumbnail.width, made.thumbnail.height) >= 1
        assert max(made.thumbnail.width, made.thumbnail.height) == made.thumbnail.size.longest_side


@pytest.mark.slow
def test_thumbnail_that_hardly_compresses_fits_into_a_response() -> None:
    """Lambda's responses have 6 MB at most, in Base64 ("Lambda quotas")."""
    largest = make_thumbnails(saved(noise((1600, 1600)), "PNG"))[-1]
    assert largest.thumbnail.size is Size.LARGE
    assert len(largest.content) * 4 / 3 < 6_000_000


REFUSED = {
    "a text named .jpg": (b"This is not a photo.\n" * 100, ImageRefusal.NOT_AN_IMAGE),
    "an empty file": (b"", ImageRefusal.NOT_AN_IMAGE),
    "a page": (b"<!doctype html><script>alert(1)</script>", ImageRefusal.NOT_AN_IMAGE),
    "an SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', ImageRefusal.NOT_AN_IMAGE),
    "a GIF": (saved(picture(), "GIF"), ImageRefusal.NOT_AN_IMAGE),
    "a TIFF": (saved(picture(), "TIFF"), ImageRefusal.NOT_AN_IMAGE),
    "a BMP": (saved(picture(), "BMP"), ImageRefusal.NOT_AN_IMAGE),
    "a truncated JPEG": (saved(noise((400, 400)))[:20_000], ImageRefusal.DAMAGED),
    "a truncated PNG": (saved(noise((400, 400)), "PNG")[:20_000], ImageRefusal.DAMAGED),
    "a truncated WebP": (saved(noise((400, 400)), "WEBP")[:5_000], ImageRefusal.DAMAGED),
    "an animated PNG": (animation("PNG"), ImageRefusal.ANIMATED),
    "an animated WebP": (animation("WEBP"), ImageRefusal.ANIMATED),
    "a decompression bomb": (png_of_size(60_000, 60_000), ImageRefusal.TOO_LARGE),
    "a canvas of 30,000 pixels": (png_of_size(30_000, 30_000), ImageRefusal.TOO_LARGE),
    "a strip of 30,000 pixels": (png_of_size(30_000, 10), ImageRefusal.TOO_LARGE),
    "one pixel more than allowed": (png_of_size(MAX_PIXELS // 5000 + 1, 5000), ImageRefusal.TOO_LARGE),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED.values(), ids=REFUSED)
def test_file_that_cannot_be_shown_is_refused_with_its_cause(content: bytes, reason: ImageRefusal) -> None:
    with pytest.raises(Refused) as refused:
        make_thumbnails(content)
    assert refused.value.reason is reason


@pytest.mark.slow
def test_text_chunk_that_expands_enormously_is_refused() -> None:
    """A compressed comment of a PNG is a bomb of its own, beside the pixels."""
    bomb = zlib.compress(b"x" * 200_000_000, 9)
    plain = saved(picture(), "PNG")
    data = b"Comment\0\0" + bomb
    chunk = len(data).to_bytes(4) + b"zTXt" + data + zlib.crc32(b"zTXt" + data).to_bytes(4)
    with pytest.raises(Refused) as refused:
        make_thumbnails(plain[:33] + chunk + plain[33:])
    assert refused.value.reason is ImageRefusal.DAMAGED


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    format=st.sampled_from(["JPEG", "PNG", "WEBP"]),
    mode=st.sampled_from(["RGB", "RGBA", "L", "P", "CMYK"]),
    width=st.integers(1, 700),
    height=st.integers(1, 700),
)
def test_generated_image_has_three_thumbnails_in_its_proportions(
    format: str, mode: str, width: int, height: int
) -> None:
    try:
        content = saved(picture(mode, (max(width, 2), max(height, 2))), format)
    except OSError:
        return
    width, height = max(width, 2), max(height, 2)
    made = make_thumbnails(content)
    assert [each.thumbnail.size for each in made] == list(Size)
    for each in made:
        image = opened(each.content)
        assert image.size == (each.thumbnail.width, each.thumbnail.height)
        assert max(image.size) == min(max(width, height), each.thumbnail.size.longest_side)
        # Each is made of the larger one, so it is up to a pixel off.
        scale = max(image.size) / max(width, height)
        assert abs(min(image.size) - max(1, min(width, height) * scale)) <= 1.5


@settings(max_examples=150, deadline=None)
@given(
    format=st.sampled_from(["JPEG", "PNG", "WEBP"]),
    at=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=12),
    cut=st.floats(0, 1),
)
def test_damaged_file_is_shown_or_refused_and_raises_nothing_else(
    format: str, at: list[tuple[float, int]], cut: float
) -> None:
    content = bytearray(_WHOLE[format])
    for place, value in at:
        content[int(place * len(content))] = value
    with suppress(Refused):
        make_thumbnails(bytes(content[: int(cut * len(content)) + 1]))


_WHOLE = {format: saved(noise((90, 60)), format, exif=position_exif()) for format in ("JPEG", "PNG", "WEBP")}


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=500))
def test_any_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        make_thumbnails(content)
    with pytest.raises(Refused):
        make_thumbnails(io.BytesIO(b"\xff\xd8\xff" + content).getvalue())
