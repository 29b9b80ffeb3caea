"""The same upload twice, notifications out of order, and what changes in between: no second effect."""

from contextlib import AbstractContextManager

import pytest

from ordering.domain.clock import ago
from ordering.domain.product import Sku
from ordering.repositories.keys import product_keys
from tests.handlers.images.pictures import noise, picture, saved
from tests.handlers.images.uploading import SKU, Studio
from tests.support.aws_calls import CONFLICT_ATTEMPTS, AwsCalls, contended, fails
from tests.support.least_privilege import within
from tests.support.orders import overwrite

JPEG = saved(picture(size=(500, 400)))
OTHER = saved(noise((100, 100)))


def test_notification_that_is_delivered_twice_has_one_effect(studio: Studio) -> None:
    image_id = studio.new_image()
    key = studio.send(image_id, JPEG)
    studio.process(key)
    before, files = studio.images(), studio.files()
    assert studio.process(key, receives=2) == {"batchItemFailures": []}
    assert (studio.images(), studio.files()) == (before, files)


def test_form_that_is_used_twice_keeps_the_first_image(studio: Studio) -> None:
    image_id = studio.upload(JPEG)
    before, files = studio.images(), studio.files()
    assert studio.process(studio.send(image_id, OTHER)) == {"batchItemFailures": []}
    assert (studio.images(), studio.files()) == (before, files)


def test_notifications_out_of_order_have_one_effect(studio: Studio) -> None:
    """Both uploads of a form are there before either notification arrives: the last content counts."""
    image_id = studio.new_image()
    studio.send(image_id, JPEG)
    key = studio.send(image_id, OTHER)
    assert studio.process(key, key) == {"batchItemFailures": []}
    assert studio.image(image_id)["thumbnails"][-1]["width"] == 100
    assert studio.prefixes() == ["images", "images", "images", "originals"]


def test_upload_of_a_deleted_product_is_deleted(studio: Studio) -> None:
    image_id = studio.new_image()
    key = studio.send(image_id, JPEG)
    studio.delete_product()
    assert studio.process(key) == {"batchItemFailures": []}
    assert studio.files() == {}


@pytest.mark.slow
def test_product_that_is_created_again_has_no_images_of_before(studio: Studio) -> None:
    image_id = studio.new_image()
    key = studio.send(image_id, JPEG)
    studio.upload(OTHER)
    studio.delete_product()
    studio.world.stocked()
    studio.process(key)
    assert studio.images() == []


def test_upload_of_a_removed_image_is_deleted(studio: Studio) -> None:
    image_id = studio.new_image()
    key = studio.send(image_id, JPEG)
    assert studio.remove(image_id).status == 204
    assert studio.files() == {}
    # The form is still valid: it is used again.
    studio.send(image_id, JPEG)
    studio.process(key)
    assert (studio.images(), studio.files()) == ([], {})


@pytest.mark.parametrize("content", [JPEG, b"a text"], ids=["an image", "a text"])
def test_image_that_is_removed_while_it_is_processed_leaves_no_file(
    studio: Studio, calls: AwsCalls, content: bytes
) -> None:
    image_id = studio.new_image()
    key = studio.send(image_id, content)

    def removed_first(parameters: object, send: object) -> object:
        with _as_another():
            assert studio.remove(image_id).status == 204
        return send()  # type: ignore[operator]

    calls.next("PutObject", removed_first)
    assert studio.process(key) == {"batchItemFailures": []}
    assert (studio.images(), studio.files()) == ([], {})


@pytest.mark.parametrize("content", [JPEG, b"a text"], ids=["an image", "a text"])
def test_product_that_is_deleted_while_an_image_is_processed_leaves_no_file(
    studio: Studio, calls: AwsCalls, content: bytes
) -> None:
    image_id = studio.new_image()
    key = studio.send(image_id, content)

    def deleted_first(parameters: object, send: object) -> object:
        with _as_another():
            studio.delete_product()
        return send()  # type: ignore[operator]

    calls.next("TransactWriteItems", deleted_first)
    assert studio.process(key) == {"batchItemFailures": []}
    assert studio.files() == {}


def test_upload_that_is_replaced_while_it_is_processed_leaves_the_files_of_one(
    studio: Studio, calls: AwsCalls
) -> None:
    """Two invocations process two uploads of one form: the files of the slower one are deleted."""
    image_id = studio.new_image()
    key = studio.send(image_id, JPEG)

    def overtaken(parameters: object, send: object) -> object:
        with _as_another():
            studio.send(image_id, OTHER)
            studio.process(key)
        return send()  # type: ignore[operator]

    calls.next("TransactWriteItems", overtaken)
    assert studio.process(key) == {"batchItemFailures": []}
    (digest,) = {key.split("/")[3][:16] for key in studio.files()}
    shown = studio.image(image_id)["thumbnails"]
    assert all(digest in each["url"] for each in shown)
    assert shown[-1]["width"] == 100


@pytest.mark.slow
def test_two_changes_at_once_are_both_made(studio: Studio, calls: AwsCalls) -> None:
    first = studio.upload(JPEG)

    def another_first(parameters: object, send: object) -> object:
        with _as_another():
            studio.new_image()
        return send()  # type: ignore[operator]

    calls.next("TransactWriteItems", another_first)
    studio.new_image()
    assert len(studio.images()) == 3
    calls.next("TransactWriteItems", contended)
    assert studio.remove(first).status == 204
    assert len(studio.images()) == 2


def test_change_that_keeps_losing_is_refused_and_changes_nothing(studio: Studio, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", contended, times=CONFLICT_ATTEMPTS)
    assert studio.ask().status == 503
    assert studio.images() == []


@pytest.mark.slow
def test_every_call_may_fail_and_the_redelivery_succeeds(studio: Studio, calls: AwsCalls) -> None:
    image_id = studio.new_image()
    key = studio.send(image_id, JPEG)
    failed = number = 0
    while True:
        number += 1
        calls.at(number, fails("InternalError"))
        result = studio.process(key)
        if not calls.fired():
            break
        failed += bool(result["batchItemFailures"])
    assert failed >= 7
    assert studio.process(key) == {"batchItemFailures": []}
    assert studio.image(image_id)["status"] == "READY"
    assert studio.prefixes() == ["images", "images", "images", "originals"]


def test_image_that_is_never_uploaded_disappears_after_a_day(studio: Studio) -> None:
    image_id = studio.new_image()
    _backdate(studio, image_id, hours=23)
    assert len(studio.images()) == 1
    _backdate(studio, image_id, hours=25)
    assert studio.images() == []
    other = studio.new_image()
    assert [each["imageId"] for each in studio.images()] == [other]


def test_cause_of_a_refusal_is_kept_for_thirty_days(studio: Studio) -> None:
    image_id = studio.upload(b"a text")
    _backdate(studio, image_id, hours=29 * 24)
    assert len(studio.images()) == 1
    _backdate(studio, image_id, hours=31 * 24)
    assert studio.images() == []


def test_unreadable_record_of_images_hides_no_product(studio: Studio) -> None:
    studio.upload(JPEG)
    overwrite(studio.world, product_keys.images(Sku(SKU)), images="nonsense")
    assert studio.images() == []
    (product,) = studio.world.api("list_products", "GET /products").body["products"]
    assert product["sku"] == SKU
    assert studio.ask().status == 500


def _backdate(studio: Studio, image_id: str, *, hours: int) -> None:
    key = product_keys.images(Sku(SKU))
    (item,) = (each for each in studio.world.items() if each["SK"] == key["SK"])
    images = [
        each | ({"createdAt": ago(hours=hours)} if each["imageId"] == image_id else {})
        for each in item["images"]
    ]
    overwrite(studio.world, key, images=images)


def _as_another() -> AbstractContextManager[None]:
    """The block is not checked against the role of the function that the test interrupts."""
    return within(None)
