"""The files of product images in their bucket, and the form by which a client uploads one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.config import Config
from botocore.exceptions import ClientError

from ordering.aws.clients import client, patience

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

# The bucket's own name in its region. By default botocore signs forms for the global name, which S3 redirects
# to the region for hours after a bucket is created ("Virtual hosting of general purpose buckets", Amazon S3).
IN_REGION = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
# The read time-out is that of each part of an upload.
_PATIENCE = patience(connect=1, read=5, tries=3).merge(IN_REGION)
# The maximum of DeleteObjects (Amazon S3 API Reference).
_DELETED_AT_ONCE = 1000


class NotDeleted(Exception):
    """S3 did not delete some of the files. The message has the first of them, and the error code."""


class StoredFile(NamedTuple):
    """A file of the bucket, as a list shows it."""

    key: str
    modified_at: datetime


class Form(NamedTuple):
    """A form for one upload: where it is sent, and its fields. The file is the last field, `file`."""

    url: str
    fields: Mapping[str, str]


class ImageFiles:
    """The files of one bucket."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._client: S3Client = client("s3", _PATIENCE)

    @classmethod
    def of_environment(cls) -> ImageFiles:
        """The bucket of the function's environment variables."""
        return cls(os.environ["IMAGES_BUCKET_NAME"])

    def read(self, key: str, *, most: int | None = None) -> bytes | None:
        """Return the content of a file, or its first `most` bytes; None if there is no file."""
        more: Any = {"Range": f"bytes=0-{most - 1}"} if most else {}
        try:
            response = self._client.get_object(Bucket=self._bucket, Key=key, **more)
        except ClientError as error:
            match error.response["Error"]["Code"]:
                case "NoSuchKey":
                    return None
                case "InvalidRange":
                    # An empty file has no first byte.
                    return b""
            raise
        return response["Body"].read()

    def write(
        self, key: str, content: bytes, media_type: str, metadata: Mapping[str, str] | None = None
    ) -> None:
        """Write a file, or replace it."""
        self._client.put_object(
            Bucket=self._bucket, Key=key, Body=content, ContentType=media_type, Metadata=dict(metadata or {})
        )

    def delete(self, keys: Sequence[str]) -> None:
        """Delete those of the files that exist. Raises NotDeleted."""
        for start in range(0, len(keys), _DELETED_AT_ONCE):
            objects: Any = [{"Key": key} for key in keys[start : start + _DELETED_AT_ONCE]]
            response = self._client.delete_objects(
                Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True}
            )
            for failed in response.get("Errors", []):
                raise NotDeleted(f"{failed.get('Key')}: {failed.get('Code')}")

    def page(self, prefix: str, after: str) -> tuple[list[StoredFile], bool]:
        """Return up to a thousand files in the order of their keys, and whether there may be more."""
        response = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, StartAfter=after)
        found = [StoredFile(each["Key"], each["LastModified"]) for each in response.get("Contents", [])]
        return found, response["IsTruncated"]

    def form(self, key: str, media_type: str, size: int, *, seconds: int) -> Form:
        """Return a form that accepts one file: this key, media type and size, for so many seconds.

        S3 checks the form against the permissions of the role that has signed it ("Authenticating Requests in
        Browser-Based Uploads Using POST", Amazon S3 API Reference). The form ends with the role's session at
        the latest.
        """
        signed: Any = self._client.generate_presigned_post(
            Bucket=self._bucket,
            Key=key,
            Fields={"Content-Type": media_type},
            Conditions=[{"Content-Type": media_type}, ["content-length-range", size, size]],
            ExpiresIn=seconds,
        )
        return Form(signed["url"], signed["fields"])


def pages(files: ImageFiles, prefix: str, after: str = "") -> Iterator[list[StoredFile]]:
    """Yield the files of a prefix page by page, from the key `after`."""
    more = True
    while more:
        found, more = files.page(prefix, after)
        if found:
            after = found[-1].key
            yield found
