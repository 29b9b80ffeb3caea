"""An upload that cannot be shown: refused with its cause, moved aside, and shown as such."""

import boto3
import pytest

from ordering.domain.images import MAX_BYTES, MAX_IMAGES
from tests.handlers.images.pictures import animation, picture, png_of_size, saved
from tests.handlers.images.uploading import SKU, Studio
from tests.support.environment import IMAGES_BUCKET


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a text named .jpg", "NOT_AN_IMAGE"),
        (saved(picture(size=(300, 300)))[:-400], "DAMAGED"),
        (animation("WEBP"), "ANIMATED"),
        (png_of_size(30_000, 30_000), "TOO_LARGE"),
    ],
)
def test_refused_upload_is_moved_aside_and_shown_with_its_cause(
    studio: Studio, content: bytes, reason: str
) -> None:
    image_id = studio.upload(content)
    image = studio.image(image_id)
    assert (image["status"], image["reason"], "thumbnails" in image) == ("REFUSED", reason, False)
    assert studio.files() == {f"refused/{SKU}/{image_id}": content}
    stored = boto3.client("s3").head_object(Bucket=IMAGES_BUCKET, Key=f"refused/{SKU}/{image_id}")
    assert stored["Metadata"]["reason"] == reason
    assert stored["ContentType"] == "application/octet-stream", "it is never shown as an image"


@pytest.mark.slow
def test_upload_larger_than_any_form_allows_is_refused_without_being_read_whole(studio: Studio) -> None:
    image_id = studio.new_image()
    studio.process(studio.send(image_id, b"x" * (MAX_BYTES + 2)))
    assert studio.image(image_id)["reason"] == "TOO_LARGE"
    (kept,) = studio.files().values()
    assert len(kept) == MAX_BYTES + 1


def test_one_refused_upload_holds_back_no_other(studio: Studio) -> None:
    bad, good = studio.new_image(), studio.new_image()
    keys = [studio.send(bad, b"a text"), studio.send(good, saved(picture()))]
    assert studio.process(*keys) == {"batchItemFailures": []}
    assert [each["status"] for each in studio.images()] == ["REFUSED", "READY"]


def test_refused_image_can_be_removed_to_make_room(studio: Studio) -> None:
    refused = studio.upload(b"a text")
    for _ in range(MAX_IMAGES - 1):
        studio.new_image()
    assert studio.ask().status == 409
    assert studio.remove(refused).status == 204
    assert studio.files() == {}
    assert studio.ask().status == 201
