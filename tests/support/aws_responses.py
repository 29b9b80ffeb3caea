"""HTTP responses of AWS services, for fakes and injected faults."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.botocore_stubber import MockRawResponse


def json_response(request: AWSPreparedRequest, body: Mapping[str, Any], status: int = 200) -> AWSResponse:
    """Returns a response of a service that uses JSON."""
    headers: Any = {"content-type": "application/x-amz-json-1.0"}
    return AWSResponse(request.url, status, headers, MockRawResponse(json.dumps(body)))


class ServiceError(Exception):
    """The error with which a fake of a service responds to a call."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


def error_response(request: AWSPreparedRequest, status: int, code: str, **more: object) -> AWSResponse:
    """Returns an error response, with the code by which the SDK recognises it."""
    return json_response(request, {"__type": f"com.amazonaws#{code}", "message": "injected", **more}, status)
