"""GET /docs: the API's description as a web page, from a layer of its own, with the pages of problems."""

import gzip
import os
from functools import cache
from importlib.resources import files

from ordering.http.coding import GZIP, IDENTITY, negotiate_coding
from ordering.http.pages import PROBLEM_PAGE, SIGN_IN_PAGE
from ordering.http.problems import URN, ProblemType
from ordering.http.request import Request
from ordering.http.response import VARY_BY_CODING, Binary, Response, route

_MEDIA_TYPE = "text/html; charset=utf-8"
_INDEX = "index"
_PROBLEMS = frozenset(kind.slug for kind in ProblemType)
# The origin of the issuer's token endpoint, which the page calls after a sign-in. Empty: no one can sign in.
_SIGN_IN_ORIGIN = os.environ.get("SIGN_IN_ORIGIN", "")


@route
def handler(request: Request) -> Response:
    """Returns 200 with the page, compressed (`Content-Encoding: gzip`) if `Accept-Encoding` allows it.

    Returns 406 if `Accept-Encoding` excludes both `gzip` and `identity`.
    """
    match request.route.partition(" ")[2]:
        case str(path) if path == SIGN_IN_PAGE:
            return _page("sign-in")
        case str(path) if path == PROBLEM_PAGE:
            return _problem(request.path("type"))
    coding = negotiate_coding(request.header("accept-encoding"), (GZIP, IDENTITY))
    page, policy = _viewer()
    headers = {"content-security-policy": policy, **VARY_BY_CODING}
    if coding == GZIP:
        return Response(200, Binary(page, _MEDIA_TYPE), headers | {"content-encoding": GZIP})
    return Response(200, Binary(gzip.decompress(page), _MEDIA_TYPE), headers)


def _problem(name: str) -> Response:
    """Returns the page of a kind of problem; for an unknown one, 404 with the list of all kinds."""
    slug = name.removeprefix(URN)
    known = slug in _PROBLEMS or slug == _INDEX
    return _page(f"problems/{slug if known else _INDEX}", 200 if known else 404)


def _page(path: str, status: int = 200) -> Response:
    """Returns a small page; its policy is in the layer beside it."""
    viewer = files("api_viewer")
    page = (viewer / f"{path}.html").read_bytes()
    policy = (viewer / f"{path}.policy").read_text()
    return Response(status, Binary(page, _MEDIA_TYPE), {"content-security-policy": policy})


@cache
def _viewer() -> tuple[bytes, str]:
    """Returns the page, and the content security policy that allows only its own script."""
    viewer = files("api_viewer")
    policy = (viewer / "policy.txt").read_text()
    allowed = f"connect-src 'self' {_SIGN_IN_ORIGIN}".strip()
    return (viewer / "page.html.gz").read_bytes(), policy.replace("connect-src 'self'", allowed)
