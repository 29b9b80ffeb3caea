"""An HTTP server on 127.0.0.1 that returns fixed responses and records its requests."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Canned:
    """A response: bytes unchanged, other values as JSON. Its second half waits for `held`, if given."""

    body: Any = b""
    status: int = 200
    location: str | None = None
    held: Event | None = None

    @property
    def octets(self) -> bytes:
        """The body."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Loopback:
    """The server's URL, its responses by path, and the paths that were requested."""

    url: str
    responses: dict[str, Canned] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def publish(self, *jwks: Any, issuer: str | None = None) -> None:
        """Act as an OIDC issuer with these keys; `issuer` replaces its own URL in the discovery document."""
        document = {"issuer": issuer or self.url, "jwks_uri": f"{self.url}/.well-known/jwks.json"}
        self.responses["/.well-known/openid-configuration"] = Canned(document)
        self.responses["/.well-known/jwks.json"] = Canned({"keys": list(jwks)})


@contextmanager
def serving() -> Iterator[Loopback]:
    """Yields a running server. It returns 404 for every path without a response."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            loopback.asked.append(self.path)
            canned = loopback.responses.get(self.path, Canned(status=404))
            self.send_response(canned.status)
            if canned.location:
                self.send_header("Location", canned.location)
            self.send_header("Content-Length", str(len(canned.octets)))
            self.end_headers()
            half = len(canned.octets) // 2 if canned.held else 0
            try:
                self.wfile.write(canned.octets[:half])
                if canned.held:
                    canned.held.wait(10)
                self.wfile.write(canned.octets[half:])
            except OSError:
                # The client has closed the connection.
                self.close_connection = True

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def log_message(self, *args: Any) -> None:
            """Log nothing: the requests are in `asked`."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        loopback = Loopback(f"http://{HOST}:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield loopback
        finally:
            server.shutdown()
            thread.join()
