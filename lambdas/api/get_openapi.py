"""GET /openapi.json: the API's description, as it is committed with the code, and how to sign in."""

import os
from importlib.resources import files

import msgspec

from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.sign_in import SignInFlow, with_sign_in

_COMMITTED = (files("ordering.http") / "openapi.json").read_bytes()


def _description(sign_in: str) -> msgspec.Raw:
    if not sign_in:
        return msgspec.Raw(_COMMITTED)
    return msgspec.Raw(with_sign_in(_COMMITTED, msgspec.json.decode(sign_in, type=SignInFlow)))


_DESCRIPTION = _description(os.environ.get("SIGN_IN", ""))


@route
def handler(request: Request) -> Response:
    """Returns 200 with the OpenAPI document."""
    return Response(200, _DESCRIPTION)
