"""Memory and time of the thumbnails are bounded, whatever the image."""

import sys

import pytest

from tests.handlers.images.measuring import KINDS, measure
from tests.synth import synthesised

# A WebP is decoded whole, with two copies of its pixels.
_COSTLIEST = "WebP, transparent, 40 million"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("kind", [_COSTLIEST, "PNG, 16 bits, 40 million", "PNG, a bomb of 3,600 million"])
def test_largest_image_takes_less_than_half_of_the_memory_and_of_the_time(kind: str) -> None:
    deployed = synthesised("dev").function("make_thumbnails").properties
    found = measure(KINDS[kind]())
    assert found.megabytes < deployed["MemorySize"] / 2
    # Of the processor, not of the clock: other tests run beside this one.
    assert found.seconds < deployed["Timeout"] / 2
