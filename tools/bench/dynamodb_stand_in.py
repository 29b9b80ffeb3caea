"""A fake of DynamoDB on 127.0.0.1: fixed responses by operation, over persistent connections."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

_HOST = "127.0.0.1"


@dataclass
class StandIn:
    """The URL of the fake, the operations that were called, in order, and the number of connections."""

    url: str
    calls: list[str] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0


@contextmanager
def serving(responses: Mapping[str, Any]) -> Iterator[StandIn]:
    """A stand-in that responds to each operation with a value of `responses`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            stand_in.connections += 1

        def do_POST(self) -> None:
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            body = self.rfile.read(int(self.headers["Content-Length"]))
            stand_in.calls.append(operation)
            stand_in.requests.append(json.loads(body))
            content = json.dumps(responses[operation]).encode()
            head = (
                "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
                f"Content-Length: {len(content)}\r\n\r\n"
            )
            # Sent in one piece: otherwise the client reads once or twice, depending on timing.
            self.wfile.write(head.encode() + content)

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing."""

    with ThreadingHTTPServer((_HOST, 0), Handler) as server:
        server.daemon_threads = True
        stand_in = StandIn(f"http://{_HOST}:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield stand_in
        finally:
            server.shutdown()
            thread.join()
