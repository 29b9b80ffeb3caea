"""A service of AWS that does what it is asked, or does not, and never says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.request import ProxyHandler, Request, build_opener

from local.processes import HOST

_opener = build_opener(ProxyHandler({}))


@contextmanager
def silent(endpoint: str | None) -> Iterator[tuple[str, Event]]:
    """A server that hands each POST on to `endpoint`, if there is one, and keeps the answer to itself.

    Answers its URL, and an event that is set once it has done so.
    """
    done, over = Event(), Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if endpoint:
                request = Request(  # noqa: S310 (the URL is the engine's own)
                    endpoint + self.path, data=body, headers=dict(self.headers), method="POST"
                )
                _opener.open(request, timeout=60).close()
            done.set()
            over.wait()
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield f"http://{HOST}:{server.server_port}", done
        finally:
            over.set()
            server.shutdown()
