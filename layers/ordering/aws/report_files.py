"""The files of reports in their bucket, and links to them that expire."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ordering.aws.clients import client, patience
from ordering.aws.image_files import IN_REGION

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

LINK_SECONDS = 12 * 3600
"""How long a link works at the latest.

A link ends with the session of the role that signed it ("Why is my presigned URL for an Amazon S3 bucket
expiring before the expiration time that I specified?", AWS re:Post), and no session of a role is longer than
twelve hours ("AssumeRole", AWS STS API Reference). How long Lambda's sessions are is not documented: a link
may end earlier, which the mail says.
"""
# The maximum of PutObject is five gigabytes. The read time-out begins after the file was sent.
_PATIENCE = patience(connect=1, read=20, tries=3).merge(IN_REGION)


class ReportFiles:
    """The files of one bucket. None is ever overwritten."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._client: S3Client = client("s3", _PATIENCE)

    @classmethod
    def of_environment(cls) -> ReportFiles:
        """The bucket of the function's environment variables."""
        return cls(os.environ["REPORTS_BUCKET_NAME"])

    def write_new(self, key: str, content: IO[bytes] | bytes, media_type: str, disposition: str) -> bool:
        """Write a file unless there is one with this key. Returns whether it was written."""
        request: Any = {
            "Bucket": self._bucket,
            "Key": key,
            "Body": content,
            "ContentType": media_type,
            "ContentDisposition": disposition,
            # "How to prevent object overwrites with conditional writes" (Amazon S3).
            "IfNoneMatch": "*",
        }
        try:
            self._client.put_object(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
            return False
        return True

    def link(self, key: str) -> str:
        """Return an address from which everybody can read a file, for `LINK_SECONDS` at most."""
        return self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=LINK_SECONDS
        )
