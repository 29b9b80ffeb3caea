"""Uploads of images: the dead letters, and those that were refused."""

import json

import msgspec
import pytest

from ops.documents.images import RefusedDocument
from ordering.domain.clock import now
from ordering.domain.images import ImageId, ImageStatus, ProductImage, refused_key, upload_key
from ordering.domain.product import Sku
from ordering.repositories.product_images import ProductImages
from tests.support.environment import IMAGES_BUCKET
from tests.support.recorded import recorded
from tests.tools.ops.deployed import Deployed

SKU, IMAGE = Sku("MUG-RED"), ImageId("0f8b1c5e7a9d4e6fb3c2a1d0e9f87654")
DEAD = "UploadsDeadLetterQueueUrl"


@pytest.fixture
def image(deployed: Deployed) -> ProductImage:
    """An image that waits for its upload."""
    deployed.world.stocked()
    image = ProductImage(image_id=IMAGE, status=ImageStatus.PENDING, created_at=now())
    ProductImages(deployed.world.table).change(SKU, lambda gallery: gallery.adding(image))
    return image


def _dead(deployed: Deployed) -> None:
    body = recorded("s3_object_created_post")
    body["Records"][0]["s3"]["object"]["key"] = upload_key(SKU, IMAGE)
    deployed.put(DEAD, body)


def test_letter_shows_its_image_and_product(deployed: Deployed, image: ProductImage) -> None:
    _dead(deployed)
    listed = deployed.ops("dlq", "--queue", "uploads")
    assert f"image {IMAGE} of MUG-RED" in listed.out
    assert "the image is PENDING" in listed.out


def test_letter_of_a_pending_image_is_sent_to_its_queue_again(
    deployed: Deployed, image: ProductImage, slept: list[float]
) -> None:
    _dead(deployed)
    assert deployed.ops("redrive", "--queue", "uploads", "--all", "--yes").status == 0
    assert deployed.in_queue(DEAD) == []
    (sent,) = deployed.in_queue("UploadsQueueUrl")
    assert json.dumps(sent).count(IMAGE) == 1


def test_letter_of_an_image_that_does_not_wait_is_removed(deployed: Deployed, slept: list[float]) -> None:
    _dead(deployed)
    redriven = deployed.ops("redrive", "--queue", "uploads", "--all", "--yes")
    assert redriven.status == 0
    assert "the product has no such image any more" in redriven.out
    assert deployed.in_queue(DEAD) == deployed.in_queue("UploadsQueueUrl") == []


def test_discarded_letter_says_that_its_image_must_be_uploaded_again(
    deployed: Deployed, image: ProductImage, slept: list[float]
) -> None:
    _dead(deployed)
    discarded = deployed.ops("discard", "--queue", "uploads", "--all", "--yes")
    assert discarded.status == 0
    assert "the image must be uploaded again" in discarded.out
    assert deployed.in_queue(DEAD) == []


def refuse_upload(deployed: Deployed) -> None:
    """Store a refused upload, as make_thumbnails does."""
    deployed.s3.put_object(
        Bucket=IMAGES_BUCKET,
        Key=refused_key(SKU, IMAGE),
        Body=b"a text",
        Metadata={"reason": "NOT_AN_IMAGE", "detail": "the file is neither JPEG, PNG nor WebP"},
    )


def test_refused_uploads_are_shown_with_their_causes(deployed: Deployed) -> None:
    assert "no refused uploads" in deployed.ops("refused").out
    refuse_upload(deployed)
    deployed.s3.put_object(Bucket=IMAGES_BUCKET, Key="refused/readme", Body=b"of someone else")
    shown = deployed.ops("refused").out
    for text in ("1 refused upload:", SKU, IMAGE, "NOT_AN_IMAGE", "neither JPEG"):
        assert text in " ".join(shown.split())


def test_refused_uploads_as_json(deployed: Deployed) -> None:
    refuse_upload(deployed)
    read = msgspec.json.decode(deployed.ops("refused", "--json").out, type=RefusedDocument)
    (upload,) = read.uploads
    assert (upload.sku, upload.image_id, upload.reason, upload.size) == (SKU, IMAGE, "NOT_AN_IMAGE", 6)
    assert read.more is False


def test_stage_without_images_has_no_refused_uploads(deployed: Deployed) -> None:
    del deployed.stacks["orders-dev-media"]
    ran = deployed.ops("refused")
    assert ran.status == 1
    assert "products of stage dev have no images" in ran.err


def test_queue_of_uploads_is_refused_for_a_stage_without_images(deployed: Deployed) -> None:
    del deployed.stacks["orders-dev-media"]
    ran = deployed.ops("dlq", "--queue", "uploads")
    assert ran.status == 1
    assert "stage dev has no images, so it has no queue of uploads" in ran.err
