"""The files of exports in their bucket: written in parts, read by links that expire, and deleted.

A part of a multipart upload has at least five megabytes, except the last one, and a part that is uploaded
again under its number replaces the earlier one ("Multipart upload limits", "Uploading and copying objects
using multipart upload", Amazon S3).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ordering.aws.clients import client, patience
from ordering.aws.image_files import IN_REGION, NotDeleted

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

PART_BYTES = 5 * 1024 * 1024
MAILED_LINK_SECONDS = 12 * 3600
"""How long the link in a mail works at most. It may expire earlier: see `ordering.aws.report_files`."""
FRESH_LINK_SECONDS = 300
"""How long a link works that the API returns to the customer: long enough to start a download."""

_PATIENCE = patience(connect=1, read=5, tries=3).merge(IN_REGION)
# The upload was completed, or aborted by the bucket's lifecycle; or another process has replaced a part.
_UPLOAD_ENDED = frozenset({"NoSuchUpload", "InvalidPart", "InvalidPartOrder"})
_NO_FILE = frozenset({"404", "NoSuchKey", "NotFound"})


class UploadEnded(Exception):
    """The upload cannot be continued: it was completed, or it must be begun again."""


class ExportFiles:
    """The files of one bucket."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._client: S3Client = client("s3", _PATIENCE)

    @classmethod
    def of_environment(cls) -> ExportFiles:
        """Returns the bucket that the function's environment variables name."""
        return cls(os.environ["EXPORTS_BUCKET_NAME"])

    def begin(self, key: str, *, name: str) -> str:
        """Begin the upload of a file, which is saved under `name`. Returns the upload's id."""
        response = self._client.create_multipart_upload(
            Bucket=self._bucket,
            Key=key,
            ContentType="application/json",
            ContentDisposition=f'attachment; filename="{name}"',
        )
        return response["UploadId"]

    def write_part(self, key: str, upload_id: str, number: int, content: bytes) -> str:
        """Write a part, or replace it. Returns its entity tag. Raises UploadEnded."""
        try:
            response = self._client.upload_part(
                Bucket=self._bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=content
            )
        except ClientError as error:
            raise _ended(error) from error
        return response["ETag"]

    def complete(self, key: str, upload_id: str, etags: Sequence[str]) -> None:
        """Make the file of its parts, if that was not done before. Raises UploadEnded."""
        parts: Any = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
        try:
            self._client.complete_multipart_upload(
                Bucket=self._bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
            )
        except ClientError as error:
            if not self._exists(key):
                raise _ended(error) from error

    def write(self, key: str, content: bytes) -> None:
        """Write a file that only this app reads."""
        self._client.put_object(Bucket=self._bucket, Key=key, Body=content)

    def read(self, key: str) -> bytes:
        """Return the content of a file. Raises UploadEnded if there is none."""
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in _NO_FILE:
                raise UploadEnded(key) from error
            raise

    def link(self, key: str, *, seconds: int) -> str:
        """Return a link with which anyone can read a file, for `seconds` at most."""
        return self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=seconds
        )

    def delete_all(self, prefix: str, *, but: str | None = None) -> None:
        """Delete the files whose keys begin with `prefix`, but not those that begin with `but`.

        Raises NotDeleted.
        """
        more = True
        while more:
            # A page has up to a thousand files, as many as one request can delete. Deleted files are not
            # listed again ("Amazon S3 data consistency model"). At most one or two files are kept.
            page = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix)
            more = page["IsTruncated"]
            listed = [each["Key"] for each in page.get("Contents", [])]
            objects: Any = [{"Key": key} for key in listed if not (but and key.startswith(but))]
            if not objects:
                return
            deleted = self._client.delete_objects(
                Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True}
            )
            for failed in deleted.get("Errors", []):
                raise NotDeleted(f"{failed.get('Key')}: {failed.get('Code')}")

    def _exists(self, key: str) -> bool:
        try:
            self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in _NO_FILE:
                return False
            raise
        return True


def _ended(error: ClientError) -> Exception:
    code = error.response["Error"]["Code"]
    return UploadEnded(code) if code in _UPLOAD_ENDED else error
