"""A server in place of an AWS service. It never responds, whether or not it executes a request."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.request import ProxyHandler, Request, build_opener

from console.workspace import HOST
from tests.e2e.waiting import DEADLINE

_opener = build_opener(ProxyHandler({}))


@contextmanager
def blackhole_server(endpoint: str | None) -> Iterator[tuple[str, Event]]:
    """A server that forwards each POST to `endpoint`, if there is one, and never responds.

    Yields its URL, and an event that is set once a request has arrived and was forwarded.
    """
    arrived, over = Event(), Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if endpoint:
                request = Request(  # noqa: S310 (the URL is the engine's own)
                    endpoint + self.path, data=body, headers=dict(self.headers), method="POST"
                )
                _opener.open(request, timeout=DEADLINE).close()
            arrived.set()
            over.wait()
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield f"http://{HOST}:{server.server_port}", arrived
        finally:
            over.set()
            server.shutdown()
