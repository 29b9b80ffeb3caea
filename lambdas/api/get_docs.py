"""GET /docs: the API's description as a page to browse, which a layer of its own carries."""

from functools import cache
from importlib.resources import files

from ordering.http.answer import Answer, Binary, route
from ordering.http.request import Request


@route
def handler(request: Request) -> Answer:
    """200 with the page, compressed (`Content-Encoding: gzip`)."""
    page, policy = _viewer()
    headers = {"content-encoding": "gzip", "content-security-policy": policy}
    return Answer(200, Binary(page, "text/html; charset=utf-8"), headers)


@cache
def _viewer() -> tuple[bytes, str]:
    """The page, and the policy under which it runs its own script and no other."""
    viewer = files("api_viewer")
    return (viewer / "page.html.gz").read_bytes(), (viewer / "policy.txt").read_text()
