"""The routes of the page, below `/local/break` of the web application's server on loopback.

A page of another site must not reach them, whatever name it gives this computer (DNS rebinding) and whatever
it makes the browser send (cross-site request forgery). So a request must name this server as its host, must
have a header that no form can send, and, if it changes something, must come from the application's own origin
(OWASP, "Cross-Site Request Forgery Prevention Cheat Sheet").
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from threading import Lock
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from console import outputs
from console.progress import StepFailed
from console.workspace import HOST, Workspace
from local.breaking.actions import Actions, BadRequest
from local.breaking.engine_access import BreakableApp, NotLocal
from local.breaking.orders_placed import OrdersPlaced
from local.breaking.table_faults import Sandbox, TableCall, TableFaults, pass_on
from local.breaking.watch import BookWatch

PREFIX = "/local/break"
HEADER = "X-Break-It"
LARGEST_BODY = 1024 * 1024
_STATE, _ACTIONS, _PROXY = f"{PREFIX}/state", f"{PREFIX}/actions/", f"{PREFIX}/dynamodb/"


@dataclass(frozen=True)
class RouteResponse:
    """What the server sends."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Refused(Exception):
    """The request is not one of the application's own."""


class _Breakable:
    """All that belongs to one deployment."""

    def __init__(self, app: BreakableApp, port: int) -> None:
        self.app = app
        self.faults = TableFaults()
        self.placed = OrdersPlaced(app)
        self.watch = BookWatch(app, self.placed)
        proxy = f"http://{HOST}:{port}{_PROXY.removesuffix('/')}"
        self.actions = Actions(app, self.faults, self.placed, proxy, self.watch.open_orders)

    def state(self) -> dict[str, Any]:
        """Returns what the page shows."""
        return {
            **self.watch.report(),
            "steps": sorted(self.app.steps),
            "faults": {
                "throttled": self.faults.throttled,
                "declining": self.faults.declining,
                "losing": sorted(self.faults.lose_next),
                "sweepStopped": not self.actions.sweep.is_running,
            },
            "counts": {
                "refused": self.faults.refused,
                "lost": self.faults.lost,
                "declined": self.faults.declined,
                "placing": self.placed.waiting,
            },
            "log": list(self.actions.log),
        }


class BreakRoutes:
    """Responds to the requests below PREFIX. `port` is the server's own."""

    def __init__(self, workspace: Workspace, port: int) -> None:
        self._workspace = workspace
        self._port = port
        self._lock = Lock()
        self._found: _Breakable | None = None

    def respond(self, method: str, path: str, headers: Message, body: bytes) -> RouteResponse:
        """Returns the response to a request, whatever the request is."""
        try:
            if path.startswith(_PROXY):
                return self._proxy(method, path, headers, body)
            self._require_own_page(method, headers)
            if path == _STATE and method == "GET":
                return _json(200, self._breakable().state())
            if path.startswith(_ACTIONS) and method == "POST":
                self._breakable().actions.run(path.removeprefix(_ACTIONS), _object(body))
                return _json(200, {})
            return _json(404, {"detail": "there is no such route"})
        except _Refused as refusal:
            return _json(403, {"detail": str(refusal)})
        except NotLocal as refusal:
            return _json(403, {"detail": str(refusal)})
        except BadRequest as error:
            return _json(400, {"detail": str(error)})
        except StepFailed as failure:
            return _json(503, {"detail": f"{failure.why}: {failure.remedy}"})
        except (OSError, BotoCoreError, ClientError) as error:
            return _json(503, {"detail": f"the engine does not respond as it should: {error}"})

    def _breakable(self) -> _Breakable:
        """Returns what belongs to the present deployment; a new engine has a new one."""
        with self._lock:
            if self._found is None or self._found.app.outputs != outputs.read(self._workspace):
                if self._found is not None:
                    self._found.placed.close()
                self._found = _Breakable(BreakableApp.of(self._workspace), self._port)
            return self._found

    def _hosts(self) -> set[str]:
        return {f"{name}:{self._port}" for name in (HOST, "localhost")}

    def _require_own_page(self, method: str, headers: Message) -> None:
        host = headers.get("Host", "")
        if host not in self._hosts():
            raise _Refused("`Host` must be this server on loopback")
        if HEADER not in headers:
            raise _Refused(f"the header `{HEADER}` is missing")
        origin = headers.get("Origin")
        if origin != f"http://{host}" and (method != "GET" or origin is not None):
            raise _Refused("`Origin` must be the application's own")
        if headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise _Refused("`Sec-Fetch-Site` must be `same-origin`")

    def _proxy(self, method: str, path: str, headers: Message, body: bytes) -> RouteResponse:
        if headers.get("Host", "") not in self._hosts() or "Origin" in headers or "Sec-Fetch-Site" in headers:
            raise _Refused("only a function on this computer uses this route")
        if method != "POST" or not headers.get("X-Amz-Target", "").startswith("DynamoDB_"):
            raise BadRequest("this route takes calls of DynamoDB")
        found = self._breakable()
        step = path.removeprefix(_PROXY).strip("/")
        return RouteResponse(
            *pass_on(
                found.faults,
                TableCall(step, path, headers, body),
                engine=found.app.outputs["Endpoint"],
                sandbox=Sandbox(found.app.outputs["SandboxTableName"], found.app.replace_card),
            )
        )


def _object(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise BadRequest("the body must be a JSON object")
    return read


def _json(status: int, body: Mapping[str, Any]) -> RouteResponse:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return RouteResponse(status, headers, json.dumps(body).encode())
