"""The clients that may send people here to sign in. All are public: a browser cannot keep a secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from console import outputs
from console.workspace import HOST, Workspace

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
    """Returns the client `web`: the front end on ``web_port``, and the page `/docs` of a deployed API."""
    bases = [f"http://{host}:{web_port}" for host in ("localhost", HOST)]
    redirect_uris = {base + path for base in bases for path in _WEB_PATHS}
    logout_uris = {base + path for base in bases for path in ("", "/")}
    if url := api_url():
        redirect_uris.add(f"{url}/docs/sign-in")
    web = Client("web", "the order backend", frozenset(redirect_uris), frozenset(logout_uris))
    return {web.id: web}


def deployed_api(workspace: Workspace) -> str | None:
    """Returns the URL of the API; None if nothing is deployed. It changes with each new engine."""
    if not outputs.exist(workspace):
        return None
    return outputs.read(workspace).get("ApiUrl")
