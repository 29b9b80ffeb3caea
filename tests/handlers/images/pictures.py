"""Builds files of images: ordinary ones, and those that an attacker or a broken camera would send."""

import io
import random
import struct
import zlib
from typing import Any

from PIL import Image

# Three corners that are told apart after any turn.
RED, GREEN, BLUE = (220, 30, 30), (30, 200, 40), (30, 40, 220)


def picture(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    """Returns an image: its left half is red, its upper right quarter green, its lower right quarter blue."""
    image = Image.new("RGB", size, RED)
    width, height = size
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (width // 2, height // 2, width, height))
    return image.convert(mode)


def noise(size: tuple[int, int], seed: int = 1) -> Image.Image:
    """Returns an image that hardly compresses: each pixel is random."""
    return Image.frombytes("RGB", size, random.Random(seed).randbytes(3 * size[0] * size[1]))  # noqa: S311


def saved(image: Image.Image, format: str = "JPEG", **options: Any) -> bytes:
    """Returns the file of an image."""
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    """Returns the image of a file, decoded."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def png_of_size(width: int, height: int) -> bytes:
    """Returns a PNG whose header declares this size, and whose pixels are all black, well compressed.

    The pixels of a huge one are left out after the first lines: a decoder that begins has allocated by then.
    """
    rows = min(height, 4)
    pixels = zlib.compress(b"".join(b"\0" * (1 + 3 * width) for _ in range(rows)), 9)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            (b"IDAT", pixels),
            (b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def animation(format: str) -> bytes:
    """Returns an animation of two frames."""
    return saved(
        picture(), format, save_all=True, append_images=[picture().rotate(180)], duration=100, loop=0
    )


def position_exif() -> bytes:
    """Returns EXIF metadata with a position, a camera and an orientation."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Secret Camera"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (51.0, 30.0, 26.0)
    gps[3], gps[4] = "W", (0.0, 7.0, 39.0)
    return exif.tobytes()
