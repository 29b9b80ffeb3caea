"""A port of 127.0.0.1 to which no client may connect. Each connection is recorded and gets no response."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

from tests.support.loopback import HOST


@dataclass
class Trap:
    """The URL of the trap, and the beginning of each request that was sent to it."""

    url: str
    caught: list[str] = field(default_factory=list)


@contextmanager
def trap() -> Iterator[Trap]:
    """Yields a trap that listens within the block."""

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(1)
            set_up.caught.append("a connection")
            set_up.caught[-1] = self.request.recv(200).decode(errors="replace") or "a connection"

    class Server(ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Ignored: the connection is recorded."""

    with Server((HOST, 0), Handler) as server:
        set_up = Trap(f"http://{HOST}:{server.server_address[1]}")
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield set_up
        finally:
            server.shutdown()
