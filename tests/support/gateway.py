"""The HTTP API's gateway in memory: it finds the route, checks the token, and calls the handler.

A token is the caller's name, a slash and their scopes: `alice/orders:read orders:write` in base64, because a
token contains no spaces.
"""

import base64
import re
from collections.abc import Callable
from typing import Any

import httpx

from ordering.http.routes import ROUTES, Route
from tests.support.functions import FunctionLost
from tests.support.recorded import http_event

EVERY_SCOPE = " ".join(sorted({route.scope for route in ROUTES if route.scope}))
BASE_URL = "https://api.example.com"


def token(subject: str = "alice", scopes: str = EVERY_SCOPE) -> str:
    """Returns a token that this gateway accepts."""
    return base64.urlsafe_b64encode(f"{subject}/{scopes}".encode()).decode()


class Gateway:
    """Serves requests as the deployed API does. `call` calls a handler: its module, and the event."""

    def __init__(self, call: Callable[[str, dict[str, Any]], dict[str, Any]]) -> None:
        self._call = call
        self.requests = 0

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Returns the response to a request."""
        self.requests += 1
        for route, template in ((row, path) for row in ROUTES for path in row.paths):
            names = re.findall(r"{(\w+)}", template)
            path = re.fullmatch(re.sub(r"{\w+}", "([^/]+)", template), request.url.path)
            if path and request.method in route.methods:
                values = dict(zip(names, path.groups(), strict=True))
                return self._admit(route, f"{request.method} {template}", values, request)
        return self._own(404, "Not Found")

    def _admit(self, route: Route, key: str, path: dict[str, str], request: httpx.Request) -> httpx.Response:
        subject, scopes = "nobody", ""
        if route.scope:
            try:
                bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
                subject, scopes = base64.urlsafe_b64decode(bearer).decode().split("/", 1)
            except ValueError:
                return self._own(401, "Unauthorized")
            if route.scope not in scopes.split():
                return self._own(403, "Forbidden")
        event = http_event(
            key,
            body=request.content.decode() or None,
            path=path,
            query=dict(request.url.params),
            # The tokens of this gateway are not JWTs; `http_event` adds one for the handlers.
            headers={name: value for name, value in request.headers.items() if name != "authorization"},
            subject=subject,
            scope=scopes,
        )
        if not request.content:
            event.pop("body", None)
        if not route.scope:
            del event["requestContext"]["authorizer"]
        try:
            return self._response(self._call(f"api.{route.handler}", event))
        except FunctionLost:
            return self._own(500, "Internal Server Error")

    def _response(self, result: dict[str, Any]) -> httpx.Response:
        headers = {**result["headers"], "apigw-requestid": f"Gw{self.requests}="}
        body = result.get("body", "")
        content = base64.b64decode(body) if result.get("isBase64Encoded") else body.encode()
        return httpx.Response(result["statusCode"], headers=headers, content=content)

    def _own(self, status: int, message: str) -> httpx.Response:
        headers = {"apigw-requestid": f"Gw{self.requests}="}
        return httpx.Response(status, headers=headers, json={"message": message})
