"""GET /openapi.json: the API's description, as it is committed with the code."""

from importlib.resources import files

import msgspec

from ordering.http.request import Request
from ordering.http.response import Response, route

_DESCRIPTION = msgspec.Raw((files("ordering.http") / "openapi.json").read_bytes())


@route
def handler(request: Request) -> Response:
    """Returns 200 with the OpenAPI document."""
    return Response(200, _DESCRIPTION)
