"""The function as a whole: scopes by route, blocked customers, faults, and what it logs."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ordering.domain.identity import customer_id
from ordering.dynamodb.client import Table
from ordering.http.routes import ROUTES, Route
from ordering.repositories.keys import customer_keys
from tests.handlers.authoriser.gate import ROUTE, SCOPE, Gate, gate, trusted
from tests.support.attacks import ATTACKS
from tests.support.environment import TABLE
from tests.support.forge import Target, b64
from tests.support.loopback import Loopback
from tests.support.world import World

GUARDED = [route for route in ROUTES if route.scope]
OPEN = [route for route in ROUTES if not route.scope]
SCOPES = sorted({route.scope for route in GUARDED if route.scope})


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.key)
def test_route_accepts_only_its_own_scope(route: Route, door: Gate, issuer: Target) -> None:
    admitted = {scope for scope in SCOPES if door.admits(issuer.signed(scope=scope), route.key)}
    assert admitted == {route.scope}


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.key)
def test_scope_prefix_is_required_where_configured(
    route: Route, world: World, server: Loopback, issuer: Target
) -> None:
    door = gate([trusted(server, scopePrefix="shop/")])
    assert door.admits(issuer.signed(scope=f"openid shop/{route.scope}"), route.key)
    for scope in (route.scope, f"shop{route.scope}", f"shop//{route.scope}", f"x/shop/{route.scope}"):
        assert not door.admits(issuer.signed(scope=scope), route.key)


@pytest.mark.parametrize(
    "route",
    [
        *(route.key for route in OPEN),
        "$default",
        "ANY /{proxy+}",
        "GET /orders/",
        "get /orders",
        "GET /orders/1",
        "DELETE /orders",
        "",
    ],
)
def test_unguarded_route_is_refused(route: str, door: Gate, issuer: Target) -> None:
    assert not door.admits(issuer.signed(scope=" ".join([*SCOPES, "None"])), route)


def test_blocked_customer_is_refused_until_unblocked(door: Gate, issuer: Target) -> None:
    table, block = Table(TABLE), customer_keys.block(customer_id(issuer.issuer, "alice"))
    assert door.admits(issuer.good())
    table.put({**block, "schemaVersion": 1, "reason": "fraud"}, condition="attribute_not_exists(PK)")
    assert not door.admits(issuer.good())
    assert door.admits(issuer.signed(sub="bob"))
    table.delete(block)
    assert door.admits(issuer.good())


def test_blocking_a_customer_leaves_the_same_subject_of_another_issuer_alone(
    door: Gate, issuer: Target
) -> None:
    block = customer_keys.block(customer_id("https://elsewhere.example", "alice"))
    Table(TABLE).put({**block, "schemaVersion": 1}, condition="attribute_not_exists(PK)")
    assert door.admits(issuer.good())


def test_blocks_are_read_consistently(door: Gate, issuer: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Any] = []
    monkeypatch.setattr(door.module.table, "get", lambda key, **options: reads.append((key, options)))
    assert door.admits(issuer.good())
    assert reads == [(customer_keys.block(customer_id(issuer.issuer, "alice")), {})]


def test_unavailable_table_is_a_fault_and_not_a_refusal(
    door: Gate, issuer: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*args: Any, **options: Any) -> None:
        raise ClientError({"Error": {"Code": "InternalServerError", "Message": ""}}, "GetItem")

    monkeypatch.setattr(door.module.table, "get", down)
    with pytest.raises(ClientError):
        door.admits(issuer.good())
    # A token without the scope is refused before the table is read.
    assert not door.admits(issuer.signed(scope="openid"))


def entries(log: io.StringIO) -> list[dict[str, Any]]:
    """Returns the log, one entry for each line."""
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_admission_is_logged_with_the_customer_id(door: Gate, issuer: Target, log: io.StringIO) -> None:
    door.admits(issuer.good())
    (entry,) = entries(log)
    assert entry["message"] == "allowed"
    assert entry["customer_id"] == customer_id(issuer.issuer, "alice")
    assert (entry["route"], entry["request_id"]) == (ROUTE, "BqPvXhQbjoEEMmA=")


@pytest.mark.parametrize(
    ("claims", "reason", "knows_customer"),
    [
        ({"scope": "openid"}, "missing-scope", True),
        ({"exp": 1}, "expired", False),
        ({"iss": "https://mallory.example"}, "unknown-issuer", False),
        ({"aud": "another-api"}, "other-audience", False),
        ({"sub": ""}, "no-subject", False),
        ({"exp": ...}, "missing-claim", False),
    ],
)
def test_refusal_is_logged_with_its_reason(
    claims: dict[str, Any],
    reason: str,
    knows_customer: bool,
    door: Gate,
    issuer: Target,
    log: io.StringIO,
) -> None:
    door.admits(issuer.signed(**claims))
    (entry,) = entries(log)
    assert (entry["message"], entry["reason"]) == ("denied", reason)
    assert ("customer_id" in entry) is knows_customer


def test_customer_id_of_one_request_is_not_in_the_log_of_the_next(
    door: Gate, issuer: Target, log: io.StringIO
) -> None:
    door.admits(issuer.good())
    door.admits(issuer.forged())
    assert "customer_id" not in entries(log)[1]


def test_log_holds_no_personal_data_and_no_token(
    door: Gate, issuer: Target, server: Loopback, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, email = "subject-7f3a", "ada@example.com"
    tokens = [issuer.signed(sub=subject, email=email), issuer.signed(sub=subject, scope=email)]
    tokens += [issuer.signed(iss=subject), issuer.signed(issuer.header(kid=subject)), f"{subject}.{email}"]
    tokens += [attack.forge(issuer) for attack in ATTACKS]
    for token in tokens:
        door.admits(token)
    monkeypatch.setattr(door.module.table, "get", lambda key: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        door.admits(tokens[0])
    server.responses.clear()
    with pytest.raises(Exception, match="cannot be loaded"):
        gate([trusted(server)]).admits(tokens[0])
    logged = log.getvalue()
    parts = {part for token in tokens for part in token.split(".") if len(part) > 8}
    assert len(entries(log)) > len(tokens)
    assert [secret for secret in (subject, email, "alice", *parts) if secret in logged] == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_MEMBERS = st.sampled_from(
    ["alg", "kid", "typ", "crit", "iss", "aud", "sub", "exp", "nbf", "iat", "scope", "scp", "jti"]
)
_UNHURRIED = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.slow
@_UNHURRIED
@given(token=st.text() | st.binary().map(b64) | st.from_regex(r"\A[\w-]+\.[\w-]+\.[\w-]*\Z"))
def test_arbitrary_text_as_a_token_is_refused_without_a_fault(token: str, door: Gate) -> None:
    assert not door.admits(token)


@pytest.mark.slow
@_UNHURRIED
@given(members=st.dictionaries(_MEMBERS, _JSON, min_size=1))
def test_arbitrary_claims_and_headers_cause_no_fault(
    members: dict[str, Any], door: Gate, issuer: Target
) -> None:
    door.admits(issuer.signed(**members))
    door.admits(issuer.signed({**issuer.header(), **members}))
    door.admits(issuer.forged(**members))


def test_scope_of_these_tests_is_the_one_of_their_route() -> None:
    assert {route.key: route.scope for route in ROUTES}[ROUTE] == SCOPE
