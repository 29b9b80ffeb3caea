"""An engine that records calls of DynamoDB, and the outputs of a deployment to one."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from console.workspace import HOST

# Nothing listens on port 1.
OUTPUTS = {
    "Endpoint": f"http://{HOST}:1",
    "ApiUrl": f"http://{HOST}:1/_aws/execute-api/a1/$default",
    "Issuer": f"http://{HOST}:4567",
    "OrderQueueUrl": f"http://{HOST}:1/000000000000/orders-local-saga-Orders",
    "TableName": "orders",
    "SandboxTableName": "sandbox",
    "Region": "eu-west-1",
}


@dataclass
class Engine:
    """A running engine: its address, and the calls that reached it."""

    url: str
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """The path and the headers of each call, with names in lower case."""


@contextmanager
def running_engine(status: int = 200) -> Iterator[Engine]:
    """An engine that answers every call with this status."""
    calls: list[tuple[str, dict[str, Any]]] = []
    requests: list[tuple[str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            action = self.headers["X-Amz-Target"].rpartition(".")[2]
            requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            calls.append((action, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            body = json.dumps({"done": action}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Engine(f"http://{HOST}:{server.server_address[1]}", calls, requests)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
