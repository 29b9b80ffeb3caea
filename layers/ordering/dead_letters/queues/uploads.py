"""Notifications of S3 about uploaded images that make_thumbnails could not process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from urllib.parse import unquote_plus

import msgspec

from ordering.dead_letters.letters import Action, DeadLetter, KeepMessage, QueueLetters, unreadable
from ordering.dead_letters.sources import DeadLetterSource, QueueMessage
from ordering.dead_letters.stage import DeadLetterStage
from ordering.domain.images import ImageFile, ImageStatus, ProductImage, file_of_key
from ordering.repositories.product_images import ProductImages

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

_NOT_AN_UPLOAD = "it is no notification of an upload"


class _Object(msgspec.Struct):
    key: str


class _S3(msgspec.Struct):
    object: _Object


class _Record(msgspec.Struct):
    s3: _S3


class _Notification(msgspec.Struct):
    """A message of S3. It has one record ("Event message structure", Amazon S3)."""

    records: list[_Record] = msgspec.field(name="Records")


class Uploads(QueueLetters):
    """The dead letters of the queue of uploads."""

    name = "uploads"
    holds = "uploads of images that make_thumbnails could not process"
    output = "UploadsDeadLetterQueueUrl"
    queue_output = "UploadsQueueUrl"
    absence = (
        "has no images",
        "name another queue; products have images where `media` is set in stacks/settings/stages.py",
    )

    def __init__(
        self, source: DeadLetterSource, sqs: SQSClient, queue_url: str, images: ProductImages
    ) -> None:
        super().__init__(source, sqs, queue_url)
        self._images = images

    @classmethod
    def of(cls, stage: DeadLetterStage) -> Self:
        """Returns the queue of a stage."""
        return cls(
            stage.source(cls.output), stage.sqs, stage.output(cls.queue_output), ProductImages(stage.table)
        )

    @classmethod
    def is_expected(cls, stage: DeadLetterStage) -> bool:
        """Whether the products of the stage have images."""
        return cls.output in stage.outputs

    def read(self, message: QueueMessage) -> DeadLetter:
        """Returns the image, and its status. The error is in the log of make_thumbnails."""
        upload = _upload(message)
        if upload is None:
            return unreadable(message, _NOT_AN_UPLOAD)
        image = self._images.of(upload.sku).find(upload.image_id)
        cause = (
            "the image is PENDING: the log of make_thumbnails has the error"
            if _waits(image)
            else _settled(image)
        )
        return DeadLetter(message, f"image {upload.image_id} of {upload.sku}", cause)

    def redriving(self, letter: DeadLetter) -> Action:
        """Send it to the queue of uploads again, if the image still waits. Raises KeepMessage."""
        upload = _upload(letter.message)
        if upload is None:
            raise KeepMessage(f"{_NOT_AN_UPLOAD}; `discard` it")
        image = self._images.of(upload.sku).find(upload.image_id)
        if not _waits(image):
            return Action(f"removes it: {_settled(image)}", lambda: None)
        return Action("sends it to the queue of uploads", lambda: self._send(letter.message.body))

    def discarding(self, letter: DeadLetter) -> str:
        """Returns what is lost: the image is forgotten after a day, and its upload deleted."""
        upload = _upload(letter.message)
        if upload is None:
            return _NOT_AN_UPLOAD
        image = self._images.of(upload.sku).find(upload.image_id)
        return "the image must be uploaded again" if _waits(image) else _settled(image)


def _upload(message: QueueMessage) -> ImageFile | None:
    """Returns the upload that a message names; None for anything else."""
    try:
        (record,) = msgspec.json.decode(message.body, type=_Notification).records
    except (ValueError, RecursionError):
        return None
    return file_of_key(unquote_plus(record.s3.object.key))


def _waits(image: ProductImage | None) -> bool:
    return image is not None and image.status is ImageStatus.PENDING


def _settled(image: ProductImage | None) -> str:
    return f"the image is {image.status}" if image else "the product has no such image any more"
