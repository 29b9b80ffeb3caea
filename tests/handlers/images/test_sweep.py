"""The sweep deletes the files of images that no product has, and no other file."""

import boto3
import pytest
from botocore.exceptions import ClientError

from ordering.domain.images import files_of
from ordering.domain.product import Sku
from ordering.repositories.keys import product_keys
from tests.handlers.images.pictures import noise, picture, saved
from tests.handlers.images.uploading import SKU, Studio
from tests.support.aws_calls import AwsCalls, fails, sent_twice
from tests.support.environment import IMAGES_BUCKET
from tests.support.orders import overwrite
from tests.support.world import Context, invoke

JPEG = saved(picture())
DIGEST = "0123456789abcdef"


def _sweep(remaining: int = 600_000) -> dict[str, object]:
    report: dict[str, object] = invoke(
        "scheduled.sweep_images", {}, Context(remaining_milliseconds=remaining)
    )
    return report


def _leave(*stored: str) -> None:
    for key in stored:
        boto3.client("s3").put_object(Bucket=IMAGES_BUCKET, Key=key, Body=b"x")


@pytest.mark.slow
@pytest.mark.usefixtures("days_later")
def test_sweep_deletes_the_files_of_a_deleted_product(studio: Studio) -> None:
    studio.upload(JPEG)
    studio.delete_product()
    assert len(studio.files()) == 4
    assert _sweep() == {"read": 4, "deleted": 4, "complete": True}
    assert studio.files() == {}


@pytest.mark.slow
@pytest.mark.usefixtures("days_later")
def test_sweep_keeps_every_file_of_a_product(studio: Studio) -> None:
    studio.upload(JPEG)
    studio.upload(saved(noise((50, 50))))
    studio.upload(b"a text")
    before = studio.files()
    assert _sweep()["deleted"] == 0
    assert studio.files() == before


@pytest.mark.slow
@pytest.mark.usefixtures("days_later")
def test_sweep_deletes_what_an_invocation_that_died_has_left(studio: Studio) -> None:
    """It has written the files of an upload that was then replaced, or of an image that was removed."""
    image_id = studio.upload(JPEG)
    before = studio.files()
    _leave(*files_of(Sku(SKU), image_id, DIGEST))  # type: ignore[arg-type]
    _leave(*files_of(Sku(SKU), "f" * 32, DIGEST))  # type: ignore[arg-type]
    assert _sweep()["deleted"] == 8
    assert studio.files() == before


def test_sweep_keeps_files_that_are_younger_than_a_day(studio: Studio) -> None:
    """The record of their image may still be written."""
    _leave(*files_of(Sku(SKU), "f" * 32, DIGEST))  # type: ignore[arg-type]
    assert _sweep() == {"read": 4, "deleted": 0, "complete": True}


@pytest.mark.slow
@pytest.mark.usefixtures("days_later")
def test_sweep_keeps_the_files_of_a_record_that_it_cannot_read(studio: Studio) -> None:
    studio.upload(JPEG)
    overwrite(studio.world, product_keys.images(Sku(SKU)), images="nonsense")
    assert _sweep()["deleted"] == 0
    assert len(studio.files()) == 4


@pytest.mark.usefixtures("days_later")
def test_sweep_keeps_keys_that_the_app_does_not_write(studio: Studio) -> None:
    _leave("images/readme.txt", "originals/x", f"images/{SKU}/../x")
    assert _sweep()["deleted"] == 0


@pytest.mark.slow
@pytest.mark.usefixtures("days_later")
def test_sweep_without_time_continues_where_it_has_stopped(studio: Studio) -> None:
    for number in range(3):
        _leave(*files_of(Sku(f"GONE-{number}"), "f" * 32, DIGEST))  # type: ignore[arg-type]
    assert _sweep(remaining=1000) == {"read": 9, "deleted": 9, "complete": False}
    assert _sweep() == {"read": 3, "deleted": 3, "complete": True}
    assert studio.files() == {}
    _leave(*files_of(Sku("GONE-0"), "f" * 32, DIGEST))  # type: ignore[arg-type]
    assert _sweep()["deleted"] == 4, "the next sweep begins with the first file"


@pytest.mark.usefixtures("days_later")
def test_sweep_that_dies_at_its_end_is_followed_by_one_of_all_files(studio: Studio, calls: AwsCalls) -> None:
    """Nothing is left after the last key that it noted, so the next sweep reads nothing."""
    studio.upload(JPEG)
    # The pages of both folders are noted, and then the end.
    calls.next("UpdateItem", sent_twice, times=2)
    calls.next("UpdateItem", fails("InternalError"))
    with pytest.raises(ClientError):
        _sweep()
    assert _sweep() == {"read": 0, "deleted": 0, "complete": True}
    assert _sweep() == {"read": 4, "deleted": 0, "complete": True}
