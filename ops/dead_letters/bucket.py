"""Dead letters in a bucket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ordering.dead_letters.sources import QueueMessage
from ordering.domain.clock import as_text

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class BucketSource:
    """A bucket to which Lambda writes the batches of a stream that it could not process."""

    def __init__(self, s3: S3Client, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    @contextmanager
    def peek(self) -> Iterator[Iterable[QueueMessage]]:
        """Yields every object in the order of the keys, which begin with the time."""
        yield self._read()

    def remove(self, message: QueueMessage) -> None:
        """Delete an object."""
        self._s3.delete_object(Bucket=self._bucket, Key=message.id)

    def count(self) -> tuple[int, bool]:
        """Returns how many objects there are, up to the first page of a thousand."""
        page = self._s3.list_objects_v2(Bucket=self._bucket)
        return len(page.get("Contents", [])), page["IsTruncated"]

    def _read(self) -> Iterator[QueueMessage]:
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket):
            for listed in page.get("Contents", []):
                try:
                    content = self._s3.get_object(Bucket=self._bucket, Key=listed["Key"])["Body"].read()
                except self._s3.exceptions.NoSuchKey:
                    # It was deleted meanwhile.
                    continue
                # Bytes that are not UTF-8 are shown as escapes.
                body = content.decode(errors="backslashreplace")
                yield QueueMessage(id=listed["Key"], body=body, sent_at=as_text(listed["LastModified"]))
