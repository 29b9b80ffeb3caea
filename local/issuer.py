"""The process of the loopback issuer: an OpenID Connect provider for this computer (``local.openid``).

The command line signs tokens with the same key (``local.tokens``), without asking this process.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from console.processes import end_marked, mark, require_free, start, wait_until
from console.shell_environment import on_loopback
from console.workspace import HOST, ISSUER, Service, Workspace
from local.openid.app import DISCOVERY, OpenIdProvider
from local.openid.clients import deployed_api, registered
from local.openid.issued import Signer
from local.tokens import has_key, key_at
from local.toolchains import ROOT
from local.web import call

DEFAULT_PORT = 4567
_START_SECONDS = 180.0
_ANSWER_SECONDS = 15.0


def start_issuer(workspace: Workspace, port: int, web_port: int) -> Service:
    """Start the issuer on ``port`` in the background; ``await_issuer`` waits until it responds.

    A front end on ``web_port`` of this computer may send people to it to sign in.

    Raises StepFailed when the port is taken.
    """
    # Left by a run whose record is lost.
    end_marked(workspace.root, ISSUER)
    require_free(port, name="issuer", variable="ISSUER_PORT")
    if not has_key(workspace.key):
        workspace.key.unlink(missing_ok=True)
    _log(workspace).unlink(missing_ok=True)
    module = [sys.executable, *mark(workspace.root, ISSUER), "-m", "local.issuer"]
    options = {"--port": port, "--workspace": workspace.root, "--web-port": web_port}
    command = [*module, *(str(part) for option in options.items() for part in option)]
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
        return call("GET", issuer.url + DISCOVERY, timeout=_ANSWER_SECONDS).status == 200
    except OSError:
        return False


def _log(workspace: Workspace) -> Path:
    return workspace.logs / "issuer.log"


class IssuerRequestHandler(WSGIRequestHandler):
    """Logs no requests, because their URLs contain codes, and ends connections that send nothing."""

    timeout = 30

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


def serve(port: int, workspace: Workspace, web_port: int) -> None:
    """Serve on 127.0.0.1:``port`` until the process is ended."""
    provider = OpenIdProvider(
        Signer(f"http://{HOST}:{port}", key_at(workspace.key)),
        lambda: registered(web_port, lambda: deployed_api(workspace)),
    )
    make_server(HOST, port, provider, threaded=True, request_handler=IssuerRequestHandler).serve_forever()


def main() -> None:
    """Serve the issuer until the process is ended."""
    parser = argparse.ArgumentParser(prog=".venv/bin/python -m local.issuer", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="the port of 127.0.0.1 to listen on")
    parser.add_argument("--workspace", type=Path, required=True, help="the folder of the local run")
    parser.add_argument("--web-port", type=int, required=True, help="the port of the front end")
    arguments = parser.parse_args()
    serve(arguments.port, Workspace(arguments.workspace), arguments.web_port)


if __name__ == "__main__":
    main()
