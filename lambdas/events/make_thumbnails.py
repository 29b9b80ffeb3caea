"""Make thumbnails: process the upload of a product's image, for each notification of S3.

S3 sends a notification at least once, and in any order ("Amazon S3 Event Notifications"). So what counts is
the record of the image: it is PENDING until one upload was processed. For any other record the upload is
deleted, and nothing else happens.

| if it dies                               | then                                                          |
|------------------------------------------|---------------------------------------------------------------|
| before it has read the upload            | the message is redelivered                                    |
| while it writes the files                | the same; a redelivery of the same upload writes the same     |
|                                          | files. The sweep deletes those of an upload that was replaced |
| before the record is READY or REFUSED    | the same                                                      |
| before the upload is deleted             | the message is redelivered, and the upload is deleted then,   |
|                                          | or by the bucket's lifecycle rule after a day                 |

A file that cannot be shown is refused, with the cause, and moved aside: that is no error. If an image makes
the process die, its message is redelivered until it is in the dead-letter queue, and the image stays PENDING.
"""

import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import unquote_plus

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering.aws.image_files import ImageFiles
from ordering.aws.logging import logger
from ordering.aws.sqs_batch import SqsMessage, SqsQueue
from ordering.domain.images import (
    MAX_BYTES,
    UPLOADS,
    Gallery,
    ImageFile,
    ImageId,
    ImageRefusal,
    ImageStatus,
    ProductImage,
    file_of_key,
    files_of,
    original_key,
    refused_key,
    thumbnail_key,
    upload_key,
)
from ordering.domain.product import Sku
from ordering.dynamodb.client import Table
from ordering.repositories.product_images import ProductGone, ProductImages
from ordering.thumbnails import MadeThumbnail, Refused, make_thumbnails

images = ProductImages(Table.of_environment())
files = ImageFiles.of_environment()
messages = SqsQueue(os.environ["UPLOADS_QUEUE_URL"])

# The detail of a refusal is written into the file's metadata, which is a header: short, and in ASCII.
_LONGEST_DETAIL = 200


class _Object(msgspec.Struct, frozen=True):
    key: str


class _S3(msgspec.Struct, frozen=True):
    object: _Object


class _Record(msgspec.Struct, frozen=True, rename={"event_source": "eventSource", "event_name": "eventName"}):
    event_source: str
    event_name: str
    s3: _S3


class _Notification(msgspec.Struct, frozen=True):
    """A message of S3. The test message of a new configuration has no records ("s3:TestEvent")."""

    records: Sequence[_Record] = msgspec.field(name="Records", default=())
    event: str | None = msgspec.field(name="Event", default=None)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Process a batch. Reports the messages that failed, by id."""
    failed = []
    for message in event["Records"]:
        try:
            for upload in _uploads(message):
                _process(upload.sku, upload.image_id)
        except Exception:
            logger.exception("not processed", extra={"message_id": message["messageId"]})
            failed.append(message)
    return messages.partial_batch_response(failed)


def _uploads(message: SqsMessage) -> Iterator[ImageFile]:
    """Yields the uploads that a message names. Raises ValueError for anything else than their creation."""
    notification = msgspec.json.decode(message["body"], type=_Notification)
    if not notification.records and notification.event != "s3:TestEvent":
        raise ValueError("neither a notification of an upload, nor S3's test message")
    for record in notification.records:
        # S3 encodes keys as in a form: a space is a plus ("Event message structure", Amazon S3).
        upload = file_of_key(unquote_plus(record.s3.object.key))
        if upload is None or upload.prefix != UPLOADS or not record.event_name.startswith("ObjectCreated:"):
            raise ValueError("not the creation of an upload")
        yield upload


def _process(sku: Sku, image_id: ImageId) -> None:
    log = {"sku": sku, "image_id": image_id}
    image = images.of(sku).find(image_id)
    if image is None or image.status is not ImageStatus.PENDING:
        # Removed, or processed before: this is another upload by the same form, or the same notification.
        logger.info("upload not wanted", extra=log)
        files.delete([upload_key(sku, image_id)])
        return
    content = files.read(upload_key(sku, image_id), most=MAX_BYTES + 1)
    if content is None:
        # Another invocation processes it, or it was never used within a day.
        logger.info("no upload", extra=log)
        return
    try:
        if len(content) > MAX_BYTES:
            # The form allows no such upload.
            raise Refused(ImageRefusal.TOO_LARGE, f"more than {MAX_BYTES} bytes")
        made = make_thumbnails(content)
    except Refused as refused:
        logger.warning("image refused", extra=log | {"reason": refused.reason, "detail": refused.detail})
        _refuse(sku, image, content, refused)
    else:
        _publish(sku, image, content, made)
        logger.info("image ready", extra=log)
    files.delete([upload_key(sku, image_id)])


def _publish(sku: Sku, image: ProductImage, content: bytes, made: Sequence[MadeThumbnail]) -> None:
    """Write the files of an image, then show it. If it is not wanted any more, delete them again."""
    digest = sha256(content).hexdigest()[:16]
    files.write(original_key(sku, image.image_id, digest), content, "application/octet-stream")
    for each in made:
        key = thumbnail_key(sku, image.image_id, digest, each.thumbnail.size)
        files.write(key, each.content, "image/webp")
    ready = msgspec.structs.replace(
        image,
        status=ImageStatus.READY,
        digest=digest,
        thumbnails=tuple(each.thumbnail for each in made),
    )
    current = _settle(sku, ready)
    # If the same upload was processed twice, the files are those of the image that is shown.
    if current is None or current.digest != digest:
        files.delete(list(files_of(sku, image.image_id, digest)))


def _refuse(sku: Sku, image: ProductImage, content: bytes, refused: Refused) -> None:
    """Move the upload aside, then record the cause. If it is not wanted any more, delete it."""
    key = refused_key(sku, image.image_id)
    detail = refused.detail.encode("ascii", "replace").decode()[:_LONGEST_DETAIL]
    # Never as an image: it must not be shown by mistake.
    files.write(
        key,
        content,
        "application/octet-stream",
        {"reason": refused.reason, "detail": " ".join(detail.split())},
    )
    current = _settle(sku, msgspec.structs.replace(image, status=ImageStatus.REFUSED, reason=refused.reason))
    if current is None or current.status is not ImageStatus.REFUSED:
        files.delete([key])


def _settle(sku: Sku, image: ProductImage) -> ProductImage | None:
    """Write the result of an image, unless it has one. Returns the image; None if it was removed."""

    def settled(gallery: Gallery) -> Gallery:
        current = gallery.find(image.image_id)
        if current is None or current.status is not ImageStatus.PENDING:
            return gallery
        return gallery.replacing(image)

    try:
        return images.change(sku, settled).find(image.image_id)
    except ProductGone:
        return None
