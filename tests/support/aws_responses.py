"""HTTP responses of AWS."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.botocore_stubber import MockRawResponse


def answered(request: AWSPreparedRequest, body: Mapping[str, Any], status: int = 200) -> AWSResponse:
    """Returns a response of a service that uses JSON."""
    headers: Any = {"content-type": "application/x-amz-json-1.0"}
    return AWSResponse(request.url, status, headers, MockRawResponse(json.dumps(body)))


class Refusal(Exception):
    """The error with which a fake of a service refuses a call."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


def refused(request: AWSPreparedRequest, status: int, code: str, **more: object) -> AWSResponse:
    """Returns an error response, with the code by which the SDK recognises it."""
    return answered(request, {"__type": f"com.amazonaws#{code}", "message": "injected", **more}, status)
