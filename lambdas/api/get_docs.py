"""GET /docs: the API's description as a page to browse, which a layer of its own carries."""

import gzip
from functools import cache
from importlib.resources import files

from ordering.http.answer import VARY_BY_CODING, Answer, Binary, route
from ordering.http.coding import GZIP, IDENTITY, negotiate_coding
from ordering.http.request import Request

_MEDIA_TYPE = "text/html; charset=utf-8"


@route
def handler(request: Request) -> Answer:
    """200 with the page, compressed (`Content-Encoding: gzip`) where `Accept-Encoding` admits it.

    406 where `Accept-Encoding` excludes both gzip and the page as it is.
    """
    coding = negotiate_coding(request.header("accept-encoding"), (GZIP, IDENTITY))
    page, policy = _viewer()
    headers = {"content-security-policy": policy, **VARY_BY_CODING}
    if coding == GZIP:
        return Answer(200, Binary(page, _MEDIA_TYPE), headers | {"content-encoding": GZIP})
    return Answer(200, Binary(gzip.decompress(page), _MEDIA_TYPE), headers)


@cache
def _viewer() -> tuple[bytes, str]:
    """The page, and the policy under which it runs its own script and no other."""
    viewer = files("api_viewer")
    return (viewer / "page.html.gz").read_bytes(), (viewer / "policy.txt").read_text()
