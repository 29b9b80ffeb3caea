"""The clients that may send people here to sign in. All are public: a browser cannot keep a secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from console import outputs
from console.workspace import HOST, Workspace

DEFAULT_WEB_PORT: Final = 5173
# The paths that a front end may use as its redirect URI.
_WEB_PATHS = ("/", "/callback")


@dataclass(frozen=True)
class Client:
    """A registered client. URIs are compared as text, character by character (RFC 9700, section 2.1)."""

    id: str
    name: str
    redirect_uris: frozenset[str]
    logout_uris: frozenset[str]

    @property
    def origins(self) -> frozenset[str]:
        """The origins of its pages, which may call the token endpoint."""
        return frozenset(map(origin_of, self.redirect_uris))


Clients = Mapping[str, Client]
"""Clients by their ids."""


def origin_of(url: str) -> str:
    """Returns the origin of a URL (RFC 6454, section 6.2)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def registered(web_port: int, api_url: Callable[[], str | None]) -> Clients:
    """Returns the front end on ``web_port``, and the page `/docs` of the API if it is deployed."""
    bases = [f"http://{host}:{web_port}" for host in ("localhost", HOST)]
    web = Client(
        "web",
        "the shop",
        frozenset(base + path for base in bases for path in _WEB_PATHS),
        frozenset(base + path for base in bases for path in ("", "/")),
    )
    known = {web.id: web}
    if url := api_url():
        page = f"{url}/docs"
        docs = Client("docs", "the API's documentation", frozenset({f"{page}/sign-in"}), frozenset({page}))
        known[docs.id] = docs
    return known


def deployed_api(workspace: Workspace) -> str | None:
    """Returns the URL of the API; None if nothing is deployed. It changes with each new engine."""
    if not outputs.exist(workspace):
        return None
    return outputs.read(workspace).get("ApiUrl")
