"""Measures what the thumbnails of the largest images of each kind take, each in a process of its own.

    .venv/bin/python -m tests.handlers.images.measuring

prints the table of `docs/images-of-products.md`. The time is of this machine's processor.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import NamedTuple

from PIL import Image

from console.progress import say
from tests.handlers.images.pictures import png_of_size, saved

# Nearly the maximum number of pixels.
LARGEST = (7300, 5470)


def _photo(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Returns an image about as hard to compress as a photo."""
    grey = Image.effect_noise((size[0] // 4, size[1] // 4), 60).resize(size)
    return Image.merge(
        "RGB", [grey, grey.rotate(180), grey.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    ).convert(mode)


KINDS: Mapping[str, Callable[[], bytes]] = {
    "JPEG, 12 million pixels": lambda: saved(_photo((4000, 3000)), quality=85),
    "JPEG, 40 million": lambda: saved(_photo(LARGEST), quality=60),
    "JPEG, progressive, 40 million": lambda: saved(_photo(LARGEST), quality=60, progressive=True),
    "JPEG, CMYK, 40 million": lambda: saved(_photo(LARGEST, "CMYK"), quality=15),
    "PNG, transparent, 40 million": lambda: saved(Image.new("RGBA", LARGEST, (1, 2, 3, 100)), "PNG"),
    "PNG, 16 bits, 40 million": lambda: saved(Image.new("I;16", LARGEST, 4000), "PNG"),
    "PNG, palette, 40 million": lambda: saved(Image.new("P", LARGEST, 4), "PNG"),
    "WebP, 40 million": lambda: saved(_photo(LARGEST), "WEBP", quality=40, method=0),
    "WebP, transparent, 40 million": lambda: saved(
        Image.new("RGBA", LARGEST, (1, 2, 3, 100)), "WEBP", method=0
    ),
    "PNG, a bomb of 3,600 million": lambda: png_of_size(60_000, 60_000),
    "a text": lambda: b"This is not a photo.\n" * 1000,
}


class Measured(NamedTuple):
    """What one image took: processor time, and the largest memory of the process, with Python itself."""

    seconds: float
    megabytes: int
    outcome: str


_PROGRAM = """
import json, pathlib, re, sys, time
from ordering.thumbnails import Refused, make_thumbnails
content = sys.stdin.buffer.read()
begun = time.process_time()
try:
    made = make_thumbnails(content)
    outcome = f"{sum(len(each.content) for each in made) // 1024} KB of thumbnails"
except Refused as refused:
    outcome = str(refused.reason)
seconds = time.process_time() - begun
# Of this program alone; `getrusage` would also count the process that has started it.
peak = re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())
print(json.dumps([seconds, int(peak[1]) // 1024, outcome]))
"""


def measure(content: bytes) -> Measured:
    """Make the thumbnails of an image in a new process."""
    ran = subprocess.run([sys.executable, "-c", _PROGRAM], input=content, capture_output=True, check=True)
    seconds, megabytes, outcome = json.loads(ran.stdout)
    return Measured(seconds, megabytes, outcome)


def main() -> None:
    """Print a row for each kind."""
    say("| image | file | processor time | memory | outcome |")
    say("|---|---|---|---|---|")
    for kind, build in KINDS.items():
        content = build()
        found = measure(content)
        say(
            f"| {kind} | {len(content) / 1e6:.1f} MB | {found.seconds:.1f} s | {found.megabytes} MB "
            f"| {found.outcome} |"
        )


if __name__ == "__main__":
    main()
