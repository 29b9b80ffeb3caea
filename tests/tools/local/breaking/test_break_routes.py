"""The routes that break things: who may call them, what they refuse, and where they exist at all."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from http.client import HTTPConnection
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from console import files
from console.workspace import HOST, Workspace
from local import web_server
from local.breaking.engine_access import NotLocal, is_loopback, require_local
from local.breaking.routes import HEADER, PREFIX, BreakRoutes
from local.breaking.table_faults import Sandbox, TableCall, TableFaults, pass_on
from local.web_server import Served
from tests.tools.local.breaking.engine import OUTPUTS, Engine, running_engine

PORT = 5173
OWN = {"Host": f"localhost:{PORT}", HEADER: "1", "Origin": f"http://localhost:{PORT}"}
_PLACE = f"{PREFIX}/actions/place"
_PROXIED = f"{PREFIX}/dynamodb/capture_payment"


def headers(**more: str) -> Message:
    """The headers of a request of the application's own page; "" leaves one out."""
    message = Message()
    for name, value in (OWN | {name.replace("_", "-"): value for name, value in more.items()}).items():
        if value:
            message[name] = value
    return message


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path)
    files.write_json(workspace.outputs, OUTPUTS)
    return workspace


@pytest.fixture
def routes(workspace: Workspace) -> BreakRoutes:
    return BreakRoutes(workspace, PORT)


def ask(
    routes: BreakRoutes, method: str, path: str, sent: Message, body: object = None
) -> tuple[int, dict[str, Any]]:
    content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    response = routes.respond(method, path, sent, content)
    return response.status, json.loads(response.body)


# -- who may call ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({"Host": "rebound.example:5173", "Origin": "http://rebound.example:5173"}, "Host"),
        ({"Host": "localhost:80", "Origin": "http://localhost:80"}, "Host"),
        ({"Host": ""}, "Host"),
        ({"X_Break_It": ""}, HEADER),
        ({"Origin": "http://evil.example"}, "Origin"),
        ({"Origin": f"http://127.0.0.1:{PORT}"}, "Origin"),
        ({"Origin": f"https://localhost:{PORT}"}, "Origin"),
        ({"Origin": "null"}, "Origin"),
        ({"Origin": ""}, "Origin"),
        ({"Sec_Fetch_Site": "cross-site"}, "Sec-Fetch-Site"),
        ({"Sec_Fetch_Site": "same-site"}, "Sec-Fetch-Site"),
    ],
)
def test_action_of_another_site_is_refused(routes: BreakRoutes, sent: dict[str, str], named: str) -> None:
    status, body = ask(routes, "POST", _PLACE, headers(**sent), {"count": 1})
    assert status == 403
    assert named in body["detail"]


@pytest.mark.parametrize(
    "sent", [{"Host": "rebound.example"}, {"X_Break_It": ""}, {"Origin": "http://evil.example"}]
)
def test_state_is_not_shown_to_another_site(routes: BreakRoutes, sent: dict[str, str]) -> None:
    assert ask(routes, "GET", f"{PREFIX}/state", headers(**sent))[0] == 403


@pytest.mark.parametrize(
    "sent", [{"Origin": "http://evil.example"}, {"Origin": "", "Sec_Fetch_Site": "none"}]
)
def test_browser_cannot_reach_the_table_through_the_proxy(routes: BreakRoutes, sent: dict[str, str]) -> None:
    target = {"X_Amz_Target": "DynamoDB_20120810.Scan"}
    path = f"{PREFIX}/dynamodb/capture_payment/"
    assert ask(routes, "POST", path, headers(**sent, **target))[0] == 403


# -- bad input ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "body", "named"),
    [
        ("explode", {}, "`explode`"),
        ("place", {}, "`count`"),
        ("place", {"count": 0}, "`count`"),
        ("place", {"count": 101}, "`count`"),
        ("place", {"count": "7"}, "`count`"),
        ("place", {"count": True}, "`count`"),
        ("decline", {}, "`on`"),
        ("throttle", {"on": "yes"}, "`on`"),
        ("sweep", {"on": 1}, "`on`"),
        ("place", b"[]", "JSON object"),
        ("place", b"{", "JSON object"),
        ("place", b"\xff", "JSON object"),
        ("place", b"[" * 100_000, "JSON object"),
    ],
)
def test_bad_input_is_named(routes: BreakRoutes, action: str, body: object, named: str) -> None:
    status, answer = ask(routes, "POST", f"{PREFIX}/actions/{action}", headers(), body)
    assert status == 400
    assert named in answer["detail"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", _PLACE), ("POST", f"{PREFIX}/state"), ("GET", f"{PREFIX}/x")]
)
def test_unknown_route_is_not_found(routes: BreakRoutes, method: str, path: str) -> None:
    assert ask(routes, method, path, headers())[0] == 404


def test_nothing_deployed_is_said(tmp_path: Path) -> None:
    status, body = ask(BreakRoutes(Workspace(tmp_path), PORT), "GET", f"{PREFIX}/state", headers())
    assert status == 503
    assert "make up" in body["detail"]


def test_engine_that_is_down_is_said(routes: BreakRoutes) -> None:
    status, body = ask(routes, "GET", f"{PREFIX}/state", headers())
    assert status == 503
    assert "does not respond" in body["detail"]


# -- local only --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Endpoint", "https://dynamodb.eu-west-1.amazonaws.com"),
        ("Endpoint", "http://127.0.0.1.example.com:4566"),
        ("ApiUrl", "https://a1.execute-api.eu-west-1.amazonaws.com"),
        ("Issuer", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a"),
        ("OrderQueueUrl", "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"),
        ("OrderQueueUrl", ""),
    ],
)
def test_stage_that_is_not_local_is_refused(workspace: Workspace, name: str, value: str) -> None:
    files.write_json(workspace.outputs, OUTPUTS | {name: value})
    routes = BreakRoutes(workspace, PORT)
    for method, path in (("GET", f"{PREFIX}/state"), ("POST", _PLACE)):
        status, body = ask(routes, method, path, headers(), {"count": 1})
        assert status == 403
        assert name in body["detail"]


def test_outputs_of_the_engine_are_local() -> None:
    require_local(OUTPUTS)
    with pytest.raises(NotLocal):
        require_local({})


def test_loopback_is_this_computer() -> None:
    assert all(
        map(is_loopback, ("http://127.0.0.1:4566", "http://localhost", "http://[::1]:80", "http://127.9.9.9"))
    )
    assert not any(map(is_loopback, ("http://10.0.0.1", "http://localhost.example", "", "127.0.0.1")))


# -- the proxy ---------------------------------------------------------------------------------------------


def _call(
    faults: TableFaults,
    engine: Engine,
    action: str,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, Any]:
    cards = Sandbox("sandbox", lambda payment, card: engine.calls.append((payment, {"card": card})))
    sent = Message()
    for name, value in (headers or {}).items():
        sent[name] = value
    sent["X-Amz-Target"] = f"DynamoDB_20120810.{action}"
    sent["Authorization"] = (
        "AWS4-HMAC-SHA256 Credential=000000000000/20261128/eu-west-1/dynamodb/aws4_request"
    )
    call = TableCall("capture_payment", _PROXIED, sent, json.dumps(body or {}).encode())
    status, _, content = pass_on(faults, call, engine=engine.url, sandbox=cards)
    return status, json.loads(content)


def test_calls_are_passed_on_while_nothing_is_broken() -> None:
    with running_engine() as engine:
        status, content = _call(TableFaults(), engine, "GetItem", {"TableName": "orders"})
        assert (status, content) == (200, {"done": "GetItem"})
        assert engine.calls == [("GetItem", {"TableName": "orders"})]


def test_call_is_passed_on_as_it_was_signed() -> None:
    """The signature covers the path, the host and most headers ("Create a signed AWS API request", IAM)."""
    with running_engine() as engine:
        signed = {"host": "127.0.0.1:5173", "amz-sdk-request": "attempt=1"}
        _call(TableFaults(), engine, "GetItem", headers=signed)
        ((path, sent),) = engine.requests
    assert path == _PROXIED
    assert sent.items() >= signed.items()


def test_throttled_calls_are_refused_before_they_reach_the_table() -> None:
    faults = TableFaults(throttled=True)
    with running_engine() as engine:
        results = [_call(faults, engine, "PutItem") for _ in range(10)]
    refused = [content for status, content in results if status == 400]
    assert len(refused) == 5 == faults.refused
    assert all(each["__type"].endswith("ProvisionedThroughputExceededException") for each in refused)
    assert len(engine.calls) == 5


def test_lost_response_is_of_a_write_that_was_made_once() -> None:
    faults = TableFaults(lose_next={"capture_payment", "reserve_stock"})
    with running_engine() as engine:
        assert _call(faults, engine, "GetItem")[0] == 200
        status, content = _call(faults, engine, "TransactWriteItems")
        assert (status, content["__type"]) == (400, "ResponseLost")
        assert _call(faults, engine, "TransactWriteItems")[0] == 200
    assert [action for action, _ in engine.calls] == ["GetItem", "TransactWriteItems", "TransactWriteItems"]
    assert (faults.lost, faults.lose_next) == (1, {"reserve_stock"})


_PAYMENT = {"TableName": "sandbox", "Item": {"PK": {"S": "PAYMENT#1"}, "token": {"S": "tok_ok"}}}


def test_declining_replaces_the_card_of_a_stored_payment_at_the_sandbox_only() -> None:
    faults = TableFaults(declining=True)
    order = {"TableName": "orders", "Item": {"PK": {"S": "ORDER#1"}, "token": {"S": "tok_ok"}}}
    with running_engine() as engine:
        for body in (_PAYMENT, order):
            _call(faults, engine, "PutItem", body)
        faults.end()
        _call(faults, engine, "PutItem", _PAYMENT)
    replaced = ("PAYMENT#1", {"card": "tok_declined"})
    assert engine.calls == [("PutItem", _PAYMENT), replaced, ("PutItem", order), ("PutItem", _PAYMENT)]
    assert faults.declined == 1


def test_payment_that_was_not_stored_keeps_its_card() -> None:
    with running_engine(status=400) as engine:
        _call(TableFaults(declining=True), engine, "PutItem", _PAYMENT)
        assert engine.calls == [("PutItem", _PAYMENT)]


def test_write_that_the_table_refuses_does_not_use_up_the_loss() -> None:
    faults = TableFaults(lose_next={"capture_payment"})
    with running_engine(status=400) as engine:
        assert _call(faults, engine, "PutItem")[1] == {"done": "PutItem"}
    assert faults.lose_next == {"capture_payment"}


# -- the server --------------------------------------------------------------------------------------------


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


def test_server_names_the_routes_and_serves_them_to_its_own_page(
    workspace: Workspace, tmp_path: Path
) -> None:
    served = Served(
        folder=str(tmp_path), api=OUTPUTS["ApiUrl"], issuer=OUTPUTS["Issuer"], live="ws://127.0.0.1:1/live"
    )
    web_server.publish(workspace, served)
    assert served.config()["breakIt"] == PREFIX
    with _running(web_server._Server(0, workspace)) as port:
        connection = HTTPConnection(HOST, port, timeout=10)
        for sent, expected in (({}, 403), ({HEADER: "1", "Origin": f"http://{HOST}:{port}"}, 400)):
            connection.request("POST", f"{PREFIX}/actions/explode", body="{}", headers=sent)
            response = connection.getresponse()
            assert response.status == expected
            assert "detail" in json.loads(response.read())
        connection.close()
