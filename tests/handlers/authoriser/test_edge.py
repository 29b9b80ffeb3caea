"""Requests that did not come through the distribution, where the API is closed to them."""

import io
import json
import os
import sys
from collections.abc import Iterator
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ordering.tokens.edge import EdgeSecrets
from ordering.tokens.edge_header import HEADER
from tests.handlers.authoriser.gate import Gate, gate, trusted
from tests.support import least_privilege
from tests.support.forge import Target
from tests.support.loopback import Loopback
from tests.support.world import Context, World

MODULE = "lambdas.authoriser.authorise_edge"
SECRET = "kept by CloudFront and by the API"
_EVENT = json.loads((Path(__file__).parents[2] / "events" / "http_api_authoriser.json").read_text())


@pytest.fixture
def secret(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """The secret that the distribution sends."""
    made = boto3.client("secretsmanager").create_secret(Name="edge", SecretString=SECRET)
    monkeypatch.setenv("EDGE_SECRET_ARNS", made["ARN"])
    return str(made["ARN"])


@pytest.fixture
def door(secret: str) -> Iterator[ModuleType]:
    """The authoriser of the routes that need no token, in a new process."""
    sys.modules.pop(MODULE, None)
    yield import_module(MODULE)
    sys.modules.pop(MODULE, None)


def _ask(door: ModuleType, sent: str | None) -> Any:
    event = deepcopy(_EVENT)
    event |= {"routeKey": "GET /products", "identitySource": [sent]}
    if sent is not None:
        event["headers"][HEADER] = sent
    with least_privilege.within("authorise_edge"):
        return door.handler(event, Context())


def test_public_route_is_open_to_the_distribution_only(door: ModuleType, log: io.StringIO) -> None:
    assert _ask(door, SECRET) == {"isAuthorized": True}
    for other in ("", SECRET[:-1], SECRET.upper(), f"{SECRET} ", "é", None):
        assert _ask(door, other) == {"isAuthorized": False}
    assert SECRET not in log.getvalue()
    assert {json.loads(line)["message"] for line in log.getvalue().splitlines()} == {"allowed", "denied"}


def test_secret_is_read_once_in_a_process(door: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _ask(door, SECRET)["isAuthorized"]
    monkeypatch.setattr(door.edge, "_read", lambda arn: pytest.fail("read again"))
    assert _ask(door, SECRET)["isAuthorized"]


def test_unavailable_secret_is_a_fault_and_not_a_refusal(
    door: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway would cache a refusal for an hour; an exception becomes a 500, which is not cached."""

    def down(arn: str) -> str:
        raise ClientError({"Error": {"Code": "InternalServiceError", "Message": ""}}, "GetSecretValue")

    with monkeypatch.context() as patch:
        patch.setattr(door.edge, "_read", down)
        with pytest.raises(ClientError):
            _ask(door, SECRET)
    assert _ask(door, SECRET) == {"isAuthorized": True}


@pytest.fixture
def closed(world: World, secret: str, server: Loopback, issuer: Target) -> Gate:
    """The authoriser of tokens where the API is closed."""
    return gate([trusted(server)])


def _with_header(closed: Gate, issuer: Target, sent: str | None) -> bool:
    event = deepcopy(_EVENT)
    event["headers"]["authorization"] = f"Bearer {issuer.good()}"
    if sent is not None:
        event["headers"][HEADER] = sent
    with least_privilege.within("authorise_request"):
        return bool(closed.module.handler(event, Context())["isAuthorized"])


def test_valid_token_is_accepted_only_through_the_distribution(
    closed: Gate, issuer: Target, log: io.StringIO
) -> None:
    assert _with_header(closed, issuer, SECRET)
    assert not _with_header(closed, issuer, "guessed")
    assert not _with_header(closed, issuer, None)
    reasons = [json.loads(line).get("reason") for line in log.getvalue().splitlines()]
    assert reasons == [None, "not-from-the-edge", "not-from-the-edge"]


def test_each_of_two_secrets_is_accepted_while_one_replaces_the_other() -> None:
    secrets = EdgeSecrets(["first", "second"], {"first": "a", "second": "b"}.__getitem__)
    assert [secrets.admit(sent) for sent in ("a", "b", "c")] == [True, True, False]


def test_without_secrets_every_request_is_accepted() -> None:
    assert "EDGE_SECRET_ARNS" not in os.environ
    assert EdgeSecrets.of_environment().admit(None)
