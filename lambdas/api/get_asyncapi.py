"""GET /asyncapi.json: the description of the events, as it is committed with the code."""

from importlib.resources import files

import msgspec

from ordering.http.answer import Answer, route
from ordering.http.request import Request

_DESCRIPTION = msgspec.Raw((files("ordering.http") / "asyncapi.json").read_bytes())


@route
def handler(request: Request) -> Answer:
    """Returns 200 with the AsyncAPI document."""
    return Answer(200, _DESCRIPTION)
