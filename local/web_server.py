"""The web application on this computer: its built files, its configuration, and the API below /api.

It does what CloudFront does on AWS: the headers of web/headers.json, the application's paths lead to
index.html, and /api/ leads to the API. `make up` writes what is served into a file, which each request reads.
"""

from __future__ import annotations

import argparse
import http.client
import json
import mimetypes
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from console import files
from console.processes import end_marked, mark, require_free, start, wait_until
from console.shell_environment import on_loopback
from console.workspace import HOST, WEB, Service, Workspace
from local.breaking.routes import PREFIX, BreakRoutes
from local.toolchains import ROOT
from local.web import call

DEFAULT_PORT = 5173
API = "/api"
CLIENT_ID = "web"
SCOPES = "openid profile orders:read orders:write customers:read customers:write products:write orders:admin"
_CONFIG = "/config.json"
_INDEX = "/index.html"
_ASSETS = "/assets/"
_HEADERS = ROOT / "web" / "headers.json"
_START_SECONDS = 180.0
_ANSWER_SECONDS = 15.0
# The slowest step of the API, with some to spare.
_API_SECONDS = 240.0
_LARGEST_BODY = 1024 * 1024
# About one connection, so a proxy must not pass them on (RFC 9110, section 7.6.1).
_HOP_BY_HOP = frozenset(
    [
        *("connection", "host", "keep-alive", "proxy-authenticate", "proxy-authorization"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    ]
)
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")


@dataclass(frozen=True)
class Served:
    """What is served: the folder of the built application, the two APIs, and the issuer of tokens."""

    folder: str
    api: str
    issuer: str
    live: str
    """The URL of the WebSocket API."""
    watched: bool = False
    """Whether `make watch` runs. Open pages then reload when another folder is served."""

    def config(self) -> dict[str, str]:
        """Returns the content of config.json."""
        return {
            "stage": "local",
            "apiUrl": API,
            "issuer": self.issuer,
            "liveUrl": self.live,
            "clientId": CLIENT_ID,
            "scopes": SCOPES,
            # Only this server knows the routes, so no other stage's configuration has their path.
            "breakIt": PREFIX,
        } | ({"build": Path(self.folder).name} if self.watched else {})


def publish(workspace: Workspace, served: Served) -> None:
    """Let the server serve this from its next request on."""
    files.write_json(workspace.web, asdict(served))


def publish_watched(workspace: Workspace, folder: Path) -> bool:
    """Serve this folder while `make watch` runs. Returns whether another folder was served before."""
    before = _published(workspace)
    publish(workspace, replace(before, folder=str(folder), watched=True))
    return before.folder != str(folder)


def end_watching(workspace: Workspace) -> None:
    """Tell open pages to stop asking for another build."""
    publish(workspace, replace(_published(workspace), watched=False))


def _published(workspace: Workspace) -> Served:
    return Served(**json.loads(workspace.web.read_text(encoding="utf-8")))


def start_web(workspace: Workspace, port: int) -> Service:
    """Start the server on ``port`` in the background; ``await_web`` waits until it responds.

    Raises StepFailed if the port is taken.
    """
    # Left by a run whose record is lost.
    end_marked(workspace.root, WEB)
    require_free(port, name="web application", variable="WEB_PORT")
    _log(workspace).unlink(missing_ok=True)
    module = [sys.executable, *mark(workspace.root, WEB), "-m", "local.web_server"]
    command = [*module, "--port", str(port), "--workspace", str(workspace.root)]
    env = on_loopback(os.defpath, workspace.root)
    return Service(port, start(command, env=env, cwd=ROOT, log=_log(workspace)))


def await_web(workspace: Workspace, web: Service) -> None:
    """Wait until the server responds. Raises StepFailed if it does not."""
    wait_until(
        lambda: responds(web),
        web.process,
        name="web application",
        log=_log(workspace),
        seconds=_START_SECONDS,
    )


def responds(web: Service) -> bool:
    """Whether the server serves the application's configuration."""
    try:
        return call("GET", web.url + _CONFIG, timeout=_ANSWER_SECONDS).status == 200
    except OSError:
        return False


def address(web: Service) -> str:
    """Returns the address for people; with the default port, it is among the stage's `web_origins`."""
    return f"http://localhost:{web.port}"


def _log(workspace: Workspace) -> Path:
    return workspace.logs / "web.log"


def headers_for(path: str, served: Served) -> dict[str, str]:
    """Returns the headers of a file of the application, as on AWS, without those of HTTPS."""
    described = json.loads(_HEADERS.read_text(encoding="utf-8"))
    prefix = max((prefix for prefix in described["cache"] if path.startswith(prefix)), key=len)
    live = urlsplit(served.live)
    origins = {"{issuer}": served.issuer, "{live}": f"{live.scheme}://{live.netloc}"}
    every = dict(described["every"])
    for name, value in every.items():
        for placeholder, origin in origins.items():
            value = value.replace(placeholder, origin)
        every[name] = value
    return every | {"Cache-Control": described["cache"][prefix]}


def file_for(folder: Path, path: str) -> Path | None:
    """Returns the file for a path: below /assets/, or a name with a dot at the root. The rest are pages.

    A SKU may contain dots, so that the path of a product may look like a file. Returns None if there is no
    such file, or if the path leads out of the folder.
    """
    decoded = unquote(path)
    is_file = decoded.startswith(_ASSETS) or ("." in decoded and decoded.count("/") == 1)
    name = decoded if is_file else _INDEX
    file = (folder / name.lstrip("/")).resolve()
    return file if file.is_relative_to(folder.resolve()) and file.is_file() else None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._handle()

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: a path may contain a code of the issuer."""

    def _handle(self) -> None:
        served = self.server.served()
        path = urlsplit(self.path).path
        if path == API or path.startswith(f"{API}/"):
            self._pass_on(served)
        elif path.startswith(f"{PREFIX}/"):
            self._break(path)
        elif self.command not in ("GET", "HEAD"):
            self._send(405, {"Allow": "GET, HEAD"}, b"")
        elif path == _CONFIG:
            body = json.dumps(served.config()).encode()
            self._send(200, headers_for(path, served) | {"Content-Type": "application/json"}, body)
        else:
            self._send_file(served, path)

    def _send_file(self, served: Served, path: str) -> None:
        file = file_for(Path(served.folder), path)
        if file is None:
            self._send(404, headers_for("/", served) | {"Content-Type": "text/plain"}, b"Not Found\n")
            return
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        if kind.startswith("text/"):
            kind += "; charset=utf-8"
        self._send(200, headers_for(path, served) | {"Content-Type": kind}, file.read_bytes())

    def _break(self, path: str) -> None:
        if (body := self._body()) is not None:
            response = self.server.breaking.respond(self.command, path, self.headers, body)
            self._send(response.status, response.headers, response.body)

    def _body(self) -> bytes | None:
        """Returns the body of the request; None if it is refused, and the response was sent."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _LARGEST_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            self._send(413, {}, b"")
            return None
        return self.rfile.read(int(length))

    def _pass_on(self, served: Served) -> None:
        body = self._body()
        if body is None:
            return
        api = urlsplit(served.api)
        sent = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        connection = http.client.HTTPConnection(api.hostname or HOST, api.port, timeout=_API_SECONDS)
        try:
            connection.request(
                self.command, api.path + self.path.removeprefix(API), body=body or None, headers=sent
            )
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            message = json.dumps({"message": f"the API does not respond: {error}"}).encode()
            self._send(502, {"Content-Type": "application/json"}, message)
            return
        finally:
            connection.close()
        received = {
            name: value for name, value in response.headers.items() if name.lower() not in _HOP_BY_HOP
        }
        self._send(response.status, received, content)

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        if status != 304 and status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, workspace: Workspace) -> None:
        super().__init__((HOST, port), _Handler)
        self._workspace = workspace
        self.breaking = BreakRoutes(workspace, self.server_address[1])

    def served(self) -> Served:
        """Returns what is served at the moment."""
        return _published(self._workspace)


def serve(port: int, workspace: Workspace) -> None:
    """Serve on 127.0.0.1:``port`` what a workspace describes, until the process is ended."""
    with _Server(port, workspace) as server:
        server.serve_forever()


def main() -> None:
    """Serve the web application until the process is ended."""
    parser = argparse.ArgumentParser(prog=".venv/bin/python -m local.web_server", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="the port of 127.0.0.1 to listen on")
    parser.add_argument("--workspace", type=Path, required=True, help="the folder of the local run")
    arguments = parser.parse_args()
    serve(arguments.port, Workspace(arguments.workspace))


if __name__ == "__main__":
    main()
