"""A loopback OIDC issuer: the discovery document and the public key, nothing else.

Tokens are signed by the command line with the same key (``local.tokens``); no secret is ever served.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from console.processes import end_marked, mark, require_free, start, wait_until
from console.shell_environment import on_loopback
from console.workspace import HOST, ISSUER, Service, Workspace
from local.tokens import has_key, key_at, public_jwk
from local.toolchains import ROOT
from local.web import call

DEFAULT_PORT = 4567
_DISCOVERY = "/.well-known/openid-configuration"
_START_SECONDS = 180.0
_ANSWER_SECONDS = 15.0


def start_issuer(workspace: Workspace, port: int) -> Service:
    """Start the issuer on ``port`` in the background; ``await_issuer`` waits until it answers.

    Raises StepFailed when the port is taken.
    """
    # Left by a run whose record is lost.
    end_marked(workspace.root, ISSUER)
    require_free(port, name="issuer", variable="ISSUER_PORT")
    if not has_key(workspace.key):
        workspace.key.unlink(missing_ok=True)
    _log(workspace).unlink(missing_ok=True)
    module = [sys.executable, *mark(workspace.root, ISSUER), "-m", "local.issuer"]
    command = [*module, "--port", str(port), "--key", str(workspace.key)]
    env = on_loopback(os.defpath, workspace.root)
    return Service(port, start(command, env=env, cwd=ROOT, log=_log(workspace)))


def await_issuer(workspace: Workspace, issuer: Service) -> None:
    """Wait until ``issuer`` serves its key. Raises StepFailed when it does not come up."""
    wait_until(
        lambda: responds(issuer), issuer.process, name="issuer", log=_log(workspace), seconds=_START_SECONDS
    )


def responds(issuer: Service) -> bool:
    """Whether the issuer serves its discovery document."""
    try:
        return call("GET", issuer.url + _DISCOVERY, timeout=_ANSWER_SECONDS).status == 200
    except OSError:
        return False


def _log(workspace: Workspace) -> Path:
    return workspace.logs / "issuer.log"


def documents(issuer: str, jwk: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Returns the served documents by path (OpenID Connect Discovery 1.0, section 3)."""
    jwks_path = "/.well-known/jwks.json"
    return {
        _DISCOVERY: {
            "issuer": issuer,
            "jwks_uri": issuer + jwks_path,
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        },
        jwks_path: {"keys": [jwk]},
    }


def serve(port: int, key: Path) -> None:
    """Serve on 127.0.0.1:``port`` until the process is ended."""
    served = documents(f"http://{HOST}:{port}", public_jwk(key_at(key)))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            document = served.get(self.path)
            body = json.dumps(document if document is not None else {"message": "Not Found"}).encode()
            self.send_response(200 if document is not None else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer((HOST, port), Handler) as server:
        server.serve_forever()


def main() -> None:
    """Serve the issuer until the process is ended."""
    parser = argparse.ArgumentParser(prog=".venv/bin/python -m local.issuer", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="the port of 127.0.0.1 to listen on")
    parser.add_argument("--key", type=Path, required=True, help="the PEM file of the signing key")
    arguments = parser.parse_args()
    serve(arguments.port, arguments.key)


if __name__ == "__main__":
    main()
