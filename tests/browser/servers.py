"""The API and the local issuer on ports of this computer, in this process."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from lambdas.api import get_docs, get_openapi
from local.issuer import IssuerRequestHandler
from local.openid.app import OpenIdProvider
from local.openid.clients import registered
from local.openid.issued import Signer
from local.openid.people import PEOPLE
from local.tokens import HOUR, new_key

WEB_PORT = 5173


@contextmanager
def served(application: Callable[..., Any]) -> Iterator[str]:
    """Serve a WSGI application; the URL it is at."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=IssuerRequestHandler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Issuer:
    """The local issuer, for the API at `api_url` and the web application on `web_port`."""

    def __init__(self, key: RSAPrivateKey | None = None, *, web_port: int = WEB_PORT) -> None:
        self.key = key or new_key()
        self.web_port = web_port
        self.api_url: str | None = None
        self.url = ""
        self.signer: Signer | None = None
        self._provider: OpenIdProvider | None = None

    @contextmanager
    def running(self, *, lifetime: int = HOUR) -> Iterator[Issuer]:
        """Serve the issuer, whose tokens are valid for `lifetime` seconds."""
        with served(lambda *call: self._provider and self._provider(*call)) as url:
            self.url = url
            self.signer = Signer(url, self.key, lifetime)
            self._provider = OpenIdProvider(
                self.signer, lambda: registered(self.web_port, lambda: self.api_url)
            )
            yield self


class Api:
    """The API of a gateway in memory, below a path, as at the local engine; for tokens of the issuer."""

    PREFIX = "/_aws/execute-api/a1b2c3/$default"

    def __init__(self, handle: Callable[[httpx.Request], httpx.Response], issuer: Issuer) -> None:
        self._handle = handle
        self._issuer = issuer
        # The tables in memory serve one call at a time.
        self._lock = Lock()
        self.url = ""
        self.delay = 0.0
        """How late each response is, in seconds."""
        self.released = Event()
        """While it is not set, responses are held back."""
        self.released.set()
        self.sent: list[tuple[str, str, dict[str, str], int]] = []
        """Method, path, headers and status of each request."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Serve one request."""
        request = Request(environ)
        path = request.path.removeprefix(self.PREFIX)
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = httpx.Request(
            request.method,
            "https://api.example.com" + path,
            params=list(request.args.items(multi=True)),
            headers=headers | self._authorization(headers),
            content=request.get_data(),
        )
        with self._lock:
            answer = self._handle(asked)
            self.sent.append((request.method, path, headers, answer.status_code))
        time.sleep(self.delay)
        self.released.wait()
        response = Response(answer.read(), answer.status_code)
        for name, value in answer.headers.items():
            # The client's library has uncompressed the body.
            if name not in ("content-length", "content-encoding"):
                response.headers[name] = value
        return response(environ, start_response)

    @contextmanager
    def idle(self) -> Iterator[None]:
        """Handle no request during the block, in which the test itself uses the tables."""
        with self._lock:
            yield

    def _authorization(self, headers: dict[str, str]) -> dict[str, str]:
        """Returns a token of the gateway in place of the issuer's."""
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        claims = self._issuer.signer and self._issuer.signer.read_access_token(bearer)
        if not claims:
            return {"authorization": "none"}
        token = base64.urlsafe_b64encode(f"{claims['sub']}/{claims['scope']}".encode()).decode()
        return {"authorization": f"Bearer {token}"}


@contextmanager
def sign_in_configured(issuer: Issuer) -> Iterator[None]:
    """Let the handlers of the description and of its page know the issuer.

    As in stage local: `tests/infra/test_web_client.py`. To import the stacks would take seconds.
    """
    configured = json.dumps(
        {
            "authorizationUrl": f"{issuer.url}/authorize",
            "tokenUrl": f"{issuer.url}/token",
            "clientId": "web",
            "scopePrefix": "",
            "scopes": dict.fromkeys(PEOPLE["operator"].scopes, ""),
        }
    )
    before = get_openapi._DESCRIPTION, get_docs._SIGN_IN_ORIGIN
    get_openapi._DESCRIPTION = get_openapi._description(configured)
    get_docs._SIGN_IN_ORIGIN = issuer.url
    get_docs._viewer.cache_clear()
    try:
        yield
    finally:
        get_openapi._DESCRIPTION, get_docs._SIGN_IN_ORIGIN = before
        get_docs._viewer.cache_clear()
