"""GET /docs/events: the description of the events as a web page, as it is committed with the code."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from ordering.http.request import Request
from ordering.http.response import Binary, Response, route

_PAGE = (files("ordering.http") / "events.html").read_bytes()
_STYLE = b64encode(sha256(_PAGE.partition(b"<style>")[2].partition(b"</style>")[0]).digest()).decode()
# The page has no script, and loads nothing: only its own style sheet and its empty icon are allowed.
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE}'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@route
def handler(request: Request) -> Response:
    """Returns 200 with the page."""
    return Response(200, Binary(_PAGE, "text/html; charset=utf-8"), {"content-security-policy": _POLICY})
