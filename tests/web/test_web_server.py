"""The local server of the web application."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from console.workspace import HOST, Workspace
from local import web_server
from local.web_server import Served, file_for, headers_for


class _Api(BaseHTTPRequestHandler):
    """Responds with the request that it received."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        sent = json.dumps({"path": self.path, "headers": dict(self.headers), "body": body}).encode()
        self.send_response(202)
        self.send_header("Location", "orders/1")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    do_GET = do_POST

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def _running(server: ThreadingHTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port of a server with a small application, in front of an API that echoes the request."""
    folder = tmp_path / "site"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>the application")
    (folder / "assets" / "index-1.js").write_text("script")
    (tmp_path / "secret.txt").write_text("secret")
    workspace = Workspace(tmp_path)
    with _running(ThreadingHTTPServer((HOST, 0), _Api)) as api:
        served = Served(
            folder=str(folder),
            api=f"http://{HOST}:{api}/stage",
            issuer="http://127.0.0.1:4567",
            live="ws://127.0.0.1:4566/_aws/execute-api/abc/live",
        )
        web_server.publish(workspace, served)
        with _running(web_server._Server(0, workspace)) as port:
            yield port


def _send(
    port: int, method: str, path: str, body: str | None = None, **headers: str
) -> tuple[HTTPResponse, str]:
    connection = HTTPConnection(HOST, port, timeout=10)
    connection.request(method, path, body=body, headers=headers)
    response = connection.getresponse()
    content = response.read().decode()
    connection.close()
    return response, content


def test_paths_of_the_application_lead_to_its_page(port: int) -> None:
    for path in ("/", "/orders/67ac7c2f", "/console", "/callback?code=1"):
        response, content = _send(port, "GET", path)
        assert (response.status, content) == (200, "<!doctype html>the application")
        assert response.headers["Cache-Control"] == "no-cache"


def test_hashed_files_are_cached_for_a_year(port: int) -> None:
    response, content = _send(port, "GET", "/assets/index-1.js")
    assert (response.status, content) == (200, "script")
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "immutable" in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/assets/../../secret.txt", "/assets/..%2f..%2fsecret.txt", "/..secret.txt", "/no.js"]
)
def test_nothing_outside_the_application_is_served(port: int, path: str) -> None:
    response, content = _send(port, "GET", path)
    assert response.status == 404
    assert "secret" not in content


def test_policy_allows_this_origin_the_issuer_and_the_websocket_api_only(port: int) -> None:
    response, _ = _send(port, "GET", "/")
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "connect-src 'self' http://127.0.0.1:4567 ws://127.0.0.1:4566;" in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_configuration_names_the_issuer_and_the_api(port: int) -> None:
    response, content = _send(port, "GET", "/config.json")
    config: dict[str, Any] = json.loads(content)
    assert response.headers["Cache-Control"] == "no-cache"
    assert {"stage", "apiUrl", "issuer", "clientId", "liveUrl", "scopes", "breakIt"} == set(config)
    assert (config["stage"], config["apiUrl"], config["issuer"]) == ("local", "/api", "http://127.0.0.1:4567")


def test_api_gets_the_request_as_it_was_sent(port: int) -> None:
    sent = {"Authorization": "Bearer t", "Idempotency-Key": "k", "Content-Type": "application/json"}
    response, content = _send(port, "POST", "/api/orders?limit=1", body='{"a":1}', **sent)
    got = json.loads(content)
    assert (response.status, response.headers["Location"]) == (202, "orders/1")
    assert (got["path"], got["body"]) == ("/stage/orders?limit=1", '{"a":1}')
    assert {name: got["headers"][name] for name in sent} == sent


def test_unavailable_api_is_a_bad_gateway(tmp_path: Path, port: int) -> None:
    workspace = Workspace(tmp_path)
    served = json.loads(workspace.web.read_text())
    web_server.publish(workspace, Served(**served | {"api": f"http://{HOST}:1/stage"}))
    response, content = _send(port, "GET", "/api/products")
    assert response.status == 502
    assert "does not respond" in json.loads(content)["message"]


def test_page_accepts_only_reads(port: int) -> None:
    response, _ = _send(port, "POST", "/", body="x")
    assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD")


def test_path_of_a_sku_with_a_dot_leads_to_the_page(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("page")
    assert file_for(tmp_path, "/favicon.svg") is None
    assert file_for(tmp_path, "/assets/a.js") is None
    assert file_for(tmp_path, "/products/MUG.V2") == tmp_path / "index.html"


_SERVED = Served(folder="", api="", issuer="http://127.0.0.1:1", live="ws://127.0.0.1:2/live")


def test_longest_prefix_decides_how_long_a_file_is_cached() -> None:
    assert headers_for("/favicon.svg", _SERVED)["Cache-Control"] == "no-cache"
    assert "immutable" in headers_for("/assets/a.css", _SERVED)["Cache-Control"]
