"""Each call of each function of images fails, and what the caller, the queue or the clock repeats mends it.

The functions of images are on no order's path, so `make faults` does not call them.
"""

from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any, NamedTuple

import boto3
import pytest

from ordering.domain.images import ImageId, files_of
from ordering.domain.product import Sku
from tests.handlers.images.pictures import picture, saved
from tests.handlers.images.uploading import Studio
from tests.support.aws_calls import AwsCalls, Replacement, Send, client_error, fails
from tests.support.client_calls import Parameters
from tests.support.environment import IMAGES_BUCKET
from tests.support.faults import ProcessLost
from tests.support.world import HandlerResponse, invoke

JPEG = saved(picture(size=(50, 40)))
FILES = ["images", "images", "images", "originals"]


def response_lost(parameters: Parameters, send: Send) -> Any:
    """The call takes effect, and the SDK gives up before it has the response."""
    send()
    raise client_error("InternalError", "Call")


def process_dies(parameters: Parameters, send: Send) -> Any:
    """The call takes effect, and the process ends."""
    send()
    raise ProcessLost


FAULTS: dict[str, Replacement] = {
    "fails": fails("InternalError"),
    "response lost": response_lost,
    "process dies": process_dies,
}


class Work(NamedTuple):
    """What a function does, and what must be true when it was repeated until it succeeded."""

    prepare: Callable[[Studio], str]
    """Returns the id of an image, or the key of an upload."""
    act: Callable[[Studio, str], bool]
    """Returns whether it succeeded."""
    files: list[str]
    """The folders of the files that are left, after the sweep."""
    statuses: list[str]
    """Those of the product's images."""


def ok(response: HandlerResponse) -> bool:
    return response.status < 300


def sweep(studio: Studio, of: str = "") -> bool:
    return bool(invoke("scheduled.sweep_images", {})["complete"])


def files_without_an_image(studio: Studio) -> str:
    for key in files_of(Sku("GONE"), ImageId("f" * 32), "0" * 16):
        boto3.client("s3").put_object(Bucket=IMAGES_BUCKET, Key=key, Body=b"x")
    return ""


def two_images(studio: Studio) -> str:
    return f"{studio.upload(JPEG)} {studio.upload(JPEG)}"


WORK = {
    "asking for a form": Work(lambda studio: "", lambda studio, _: ok(studio.ask()), [], ["PENDING"]),
    "processing an image": Work(
        lambda studio: studio.send(studio.new_image(), JPEG),
        lambda studio, key: not studio.process(key)["batchItemFailures"],
        FILES,
        ["READY"],
    ),
    "refusing an upload": Work(
        lambda studio: studio.send(studio.new_image(), b"a text"),
        lambda studio, key: not studio.process(key)["batchItemFailures"],
        ["refused"],
        ["REFUSED"],
    ),
    "ordering the images": Work(
        two_images,
        lambda studio, images: ok(studio.order(*reversed(images.split()))),
        sorted(2 * FILES),
        ["READY", "READY"],
    ),
    "removing an image": Work(
        lambda studio: studio.upload(JPEG),
        # If the response to the first request was lost, there is nothing to remove any more.
        lambda studio, image: studio.remove(image).status in (204, 404),
        [],
        [],
    ),
    "sweeping": Work(files_without_an_image, sweep, [], []),
}


def repeat(studio: Studio, work: Work, what: str) -> None:
    """Act as the caller, the queue or the clock does: until it succeeds."""
    for _ in range(3):
        with suppress(ProcessLost, Exception):
            if work.act(studio, what):
                return
    raise AssertionError("it does not succeed")


@pytest.mark.slow
@pytest.mark.usefixtures("days_later")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", WORK)
def test_every_call_of_an_image_function_may_fail(
    name: str, fault: str, studio: Studio, calls: AwsCalls
) -> None:
    work = WORK[name]
    for number in count(1):
        what = work.prepare(studio)
        calls.at(number, FAULTS[fault])
        repeat(studio, work, what)
        has_failed = calls.fired()
        sweep(studio)
        shown = studio.images()
        # A client that repeats its request for a form gets another image; it is not uploaded, and disappears.
        assert [each["status"] for each in shown] in (work.statuses, 2 * work.statuses), number
        assert name == "asking for a form" or len(shown) == len(work.statuses), number
        assert studio.prefixes() == work.files, number
        for each in shown:
            studio.remove(each["imageId"])
        assert studio.files() == {}
        if not has_failed:
            break
    assert number > 2, "it makes several calls"
