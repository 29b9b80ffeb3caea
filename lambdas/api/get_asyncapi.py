"""GET /asyncapi.json: the description of the events, as it is committed with the code."""

from importlib.resources import files

import msgspec

from ordering.http.request import Request
from ordering.http.response import Response, route

_DESCRIPTION = msgspec.Raw((files("ordering.http") / "asyncapi.json").read_bytes())


@route
def handler(request: Request) -> Response:
    """Returns 200 with the AsyncAPI document."""
    return Response(200, _DESCRIPTION)
