"""An image from its upload to its thumbnails, and what a product shows of it."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from ordering.domain.images import MAX_BYTES, MAX_IMAGES
from tests.handlers.images.pictures import opened, picture, saved
from tests.handlers.images.uploading import PRODUCT, SKU, Studio
from tests.support.environment import IMAGES_BUCKET
from tests.support.recorded import http_event, queue_event, recorded
from tests.support.world import invoke

JPEG = saved(picture(size=(2000, 1000)))


def _policy(fields: dict[str, str]) -> list[object]:
    conditions: list[object] = _decoded(fields)["conditions"]
    return conditions


def _decoded(fields: dict[str, str]) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(base64.b64decode(fields["policy"]))
    return decoded


def test_form_is_bound_to_one_key_one_media_type_and_one_size(studio: Studio) -> None:
    asked = studio.ask("image/png", size=4321)
    image, fields = asked.body["image"], asked.body["fields"]
    assert (asked.status, image["status"]) == (201, "PENDING")
    assert asked.body["url"] == f"https://{IMAGES_BUCKET}.s3.eu-west-1.amazonaws.com/"
    assert fields["key"] == f"uploads/{SKU}/{image['imageId']}"
    conditions = _policy(fields)
    assert {"key": fields["key"]} in conditions
    assert {"Content-Type": "image/png"} in conditions
    assert ["content-length-range", 4321, 4321] in conditions
    assert {"bucket": IMAGES_BUCKET} in conditions


def test_form_expires_in_ten_minutes_as_it_says(studio: Studio) -> None:
    before = datetime.now(UTC)
    asked = studio.ask("image/png", size=4321)
    ends = datetime.fromisoformat(_decoded(asked.body["fields"])["expiration"])
    within = timedelta(minutes=10)
    # The policy has whole seconds.
    assert before + within - timedelta(seconds=1) <= ends <= datetime.now(UTC) + within
    assert abs(datetime.fromisoformat(asked.body["expiresAt"]) - ends) < timedelta(seconds=2)


@pytest.mark.parametrize(
    ("content_type", "size", "field"),
    [
        ("image/gif", 1000, "contentType"),
        ("text/html", 1000, "contentType"),
        ("image/png", 0, "size"),
        ("image/png", MAX_BYTES + 1, "size"),
    ],
)
def test_upload_of_another_type_or_size_is_refused(
    studio: Studio, content_type: str, size: int, field: str
) -> None:
    asked = studio.ask(content_type, size)
    assert (asked.status, asked.body["errors"][0]["field"]) == (422, field)
    assert studio.images() == []


def test_product_that_does_not_exist_has_no_images(studio: Studio) -> None:
    assert studio.ask(sku="NO-SUCH").status == 404
    assert studio.order(sku="NO-SUCH").status == 404
    assert studio.remove("0" * 32, sku="NO-SUCH").status == 404
    assert studio.order().body == {"images": []}


def test_product_has_a_maximum_of_images(studio: Studio) -> None:
    for _ in range(MAX_IMAGES):
        studio.new_image()
    asked = studio.ask()
    assert (asked.status, asked.body["type"]) == (409, "urn:problem-type:too-many-images")
    assert len(studio.images()) == MAX_IMAGES


@pytest.mark.slow
def test_upload_becomes_three_thumbnails_that_the_product_shows(studio: Studio) -> None:
    image_id = studio.upload(JPEG)
    image = studio.image(image_id)
    assert image["status"] == "READY"
    shown = [(each["size"], each["width"], each["height"]) for each in image["thumbnails"]]
    assert shown == [("small", 320, 160), ("medium", 800, 400), ("large", 1600, 800)]
    assert studio.prefixes() == ["images", "images", "images", "originals"]
    (page,) = studio.world.api("list_products", "GET /products").body["products"]
    assert page["images"] == [image]


@pytest.mark.slow
def test_thumbnail_is_a_webp_file_that_may_be_cached_for_ever(studio: Studio) -> None:
    image = studio.image(studio.upload(JPEG))
    for each in image["thumbnails"]:
        _, _, sku, image_id, file = each["url"].split("/")
        path = {"sku": sku, "imageId": image_id, "file": file}
        got = invoke("api.get_image", http_event("GET /images/{sku}/{imageId}/{file}", path=path))
        content = opened(base64.b64decode(got["body"]))
        assert (content.format, content.size) == ("WEBP", (each["width"], each["height"]))
        assert got["headers"]["content-type"] == "image/webp"
        assert "immutable" in got["headers"]["cache-control"]


@pytest.mark.slow
@pytest.mark.parametrize("file", ["0123456789abcdef-small.webp", "..", "x", "0123456789abcdef"])
def test_file_that_does_not_exist_is_not_found(studio: Studio, file: str) -> None:
    image_id = studio.upload(JPEG)
    path = {"sku": SKU, "imageId": image_id, "file": file}
    got = invoke("api.get_image", http_event("GET /images/{sku}/{imageId}/{file}", path=path))
    assert got["statusCode"] == 404


@pytest.mark.slow
def test_image_that_becomes_ready_changes_the_etag_of_its_product(studio: Studio) -> None:
    def read(tag: str = "") -> tuple[int, str]:
        got = studio.world.api("get_product", PRODUCT, path={"sku": SKU}, headers={"If-None-Match": tag})
        return got.status, got.headers["etag"]

    _, without = read()
    studio.upload(JPEG)
    status, with_image = read(without)
    assert (status, with_image != without) == (200, True)
    assert read(with_image)[0] == 304


@pytest.mark.slow
def test_product_can_be_changed_by_the_etag_of_before_its_image_was_ready(studio: Studio) -> None:
    """A client edits the text of a product while its image is processed."""
    image_id = studio.new_image()
    read = studio.world.api("get_product", PRODUCT, path={"sku": SKU})
    studio.process(studio.send(image_id, JPEG))
    body = {"name": "Mug", "price": {"amount": 1, "currency": "EUR"}}
    put = studio.world.api(
        "put_product",
        "PUT /products/{sku}",
        body,
        path={"sku": SKU},
        headers={"If-Match": read.headers["etag"]},
    )
    assert put.status == 200
    assert put.body["images"][0]["status"] == "READY"


def test_images_are_shown_in_the_order_that_was_set(studio: Studio) -> None:
    first, second, third = (studio.upload(saved(picture(size=(50 + n, 40)))) for n in range(3))
    ordered = studio.order(third, first, second)
    assert [each["imageId"] for each in ordered.body["images"]] == [third, first, second]
    assert [each["imageId"] for each in studio.images()] == [third, first, second]


@pytest.mark.slow
def test_order_names_each_image_once(studio: Studio) -> None:
    first, second = studio.upload(JPEG), studio.upload(saved(picture()))
    for wrong in ([first], [first, first], [first, second, "0" * 32], []):
        refused = studio.order(*wrong)
        assert (refused.status, refused.body["errors"][0]["field"]) == (422, "imageIds")
    assert [each["imageId"] for each in studio.images()] == [first, second]


@pytest.mark.slow
def test_removed_image_leaves_no_file(studio: Studio) -> None:
    kept, removed = studio.upload(saved(picture())), studio.upload(JPEG)
    assert studio.remove(removed).status == 204
    assert [each["imageId"] for each in studio.images()] == [kept]
    assert {key.split("/")[2] for key in studio.files()} == {kept}
    assert studio.remove(removed).status == 404


def test_unknown_image_cannot_be_removed(studio: Studio) -> None:
    assert studio.remove("0" * 32).status == 404
    assert studio.remove("not-an-id").status == 404


def test_test_message_of_s3_is_acknowledged(studio: Studio) -> None:
    event = queue_event(json.dumps(recorded("s3_test_event")))
    assert invoke("events.make_thumbnails", event) == {"batchItemFailures": []}


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    ["", "{}", "[]", '{"Records": [{}]}', json.dumps({"Event": "s3:ReducedRedundancyLostObject"})],
)
def test_message_that_is_no_notification_is_reported_alone(studio: Studio, body: str) -> None:
    image_id = studio.new_image()
    good = recorded("s3_object_created_post")
    good["Records"][0]["s3"]["object"]["key"] = studio.send(image_id, JPEG)
    failed = invoke("events.make_thumbnails", queue_event(body, json.dumps(good)))
    assert failed == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
    assert studio.image(image_id)["status"] == "READY"


@pytest.mark.slow
def test_key_of_a_notification_is_decoded(studio: Studio) -> None:
    """S3 encodes keys as in a form."""
    image_id = studio.new_image()
    key = studio.send(image_id, JPEG)
    assert studio.process(key.replace("/", "%2F")) == {"batchItemFailures": []}
    assert studio.image(image_id)["status"] == "READY"


@pytest.mark.slow
def test_original_is_kept_unchanged(studio: Studio) -> None:
    studio.upload(JPEG)
    assert [content for key, content in studio.files().items() if key.startswith("originals/")] == [JPEG]
    stored = boto3.client("s3").list_objects_v2(Bucket=IMAGES_BUCKET, Prefix="originals/")["Contents"]
    assert len(stored) == 1
