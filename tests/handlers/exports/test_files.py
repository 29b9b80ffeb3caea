"""The files of exports, when a request to S3 fails, completely or in part."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ordering.aws.export_files import ExportFiles, UploadEnded
from ordering.aws.image_files import NotDeleted
from tests.support.aws_calls import AwsCalls, fails
from tests.support.environment import EXPORTS_BUCKET


@pytest.fixture
def files(queue: None) -> ExportFiles:
    """The bucket of exports, empty."""
    return ExportFiles(EXPORTS_BUCKET)


def test_file_that_does_not_exist_means_that_its_export_begins_again(
    files: ExportFiles, calls: AwsCalls
) -> None:
    with pytest.raises(UploadEnded):
        files.read("exports/a/1/orders.json")
    calls.next("CompleteMultipartUpload", fails("NoSuchUpload"))
    with pytest.raises(UploadEnded):
        files.complete("exports/a/1/customer-data.json", "no-such-upload", [])


def test_other_errors_of_reading_are_raised(files: ExportFiles, calls: AwsCalls) -> None:
    calls.next("GetObject", fails("AccessDenied"))
    with pytest.raises(ClientError, match="AccessDenied"):
        files.read("exports/a/1/orders.json")
    calls.next("CompleteMultipartUpload", fails("InternalError"))
    calls.next("HeadObject", fails("AccessDenied"))
    with pytest.raises(ClientError, match="AccessDenied"):
        files.complete("exports/a/1/customer-data.json", "an-upload", [])


def test_file_that_s3_does_not_delete_is_named(files: ExportFiles, calls: AwsCalls) -> None:
    """DeleteObjects succeeds, and its response names the files that were not deleted ("DeleteObjects")."""
    files.write("exports/a/1/orders.json", b"[]")

    def refused(parameters: Any, send: Any) -> Any:
        return {"Errors": [{"Key": "exports/a/1/orders.json", "Code": "InternalError"}]}

    calls.next("DeleteObjects", refused)
    with pytest.raises(NotDeleted, match=r"orders\.json: InternalError"):
        files.delete_all("exports/a/")
    files.delete_all("exports/a/")
    with pytest.raises(UploadEnded):
        files.read("exports/a/1/orders.json")
