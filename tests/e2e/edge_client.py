"""Requests to a distribution of the local engine, whose name does not resolve."""

from collections.abc import Mapping

import httpx


class EdgeClient:
    """Sends requests to a distribution. The engine finds it by the `Host` of a request."""

    def __init__(self, host: str, engine: str, client: httpx.Client) -> None:
        """`host` is the distribution's name, and `engine` the URL of the engine."""
        self._host, self._engine, self._client = host, engine, client

    def send(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        scheme: str = "https",
    ) -> httpx.Response:
        """Send a request. `scheme` is the protocol by which, for the engine, it has arrived."""
        sent = {"host": self._host, "x-forwarded-proto": scheme, **(headers or {})}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        return self._client.request(method, self._engine + path, headers=sent, json=body)
