"""GET /docs: the API's description as a web page, from a layer of its own."""

import gzip
from functools import cache
from importlib.resources import files

from ordering.http.coding import GZIP, IDENTITY, negotiate_coding
from ordering.http.request import Request
from ordering.http.response import VARY_BY_CODING, Binary, Response, route

_MEDIA_TYPE = "text/html; charset=utf-8"


@route
def handler(request: Request) -> Response:
    """Returns 200 with the page, compressed (`Content-Encoding: gzip`) if `Accept-Encoding` allows it.

    Returns 406 if `Accept-Encoding` excludes both `gzip` and `identity`.
    """
    coding = negotiate_coding(request.header("accept-encoding"), (GZIP, IDENTITY))
    page, policy = _viewer()
    headers = {"content-security-policy": policy, **VARY_BY_CODING}
    if coding == GZIP:
        return Response(200, Binary(page, _MEDIA_TYPE), headers | {"content-encoding": GZIP})
    return Response(200, Binary(gzip.decompress(page), _MEDIA_TYPE), headers)


@cache
def _viewer() -> tuple[bytes, str]:
    """Returns the page, and the content security policy that allows only its own script."""
    viewer = files("api_viewer")
    return (viewer / "page.html.gz").read_bytes(), (viewer / "policy.txt").read_text()
