"""A WebSocket API that trusts one issuer."""

import json
import sys
from collections.abc import Iterator
from importlib import import_module

import pytest

from lambdas.events import announce_orders
from tests.handlers.authoriser.gate import published, target_of, trusted
from tests.handlers.realtime.open_api import OpenApi
from tests.support.aws_calls import AwsCalls
from tests.support.forge import Target
from tests.support.loopback import Loopback, serving
from tests.support.world import World

_MODULE = "lambdas.realtime.subscribe"


@pytest.fixture(scope="package")
def issuing() -> Iterator[tuple[Loopback, Target]]:
    """An issuer of RS256 tokens on loopback."""
    with serving() as server:
        target = target_of(server.url)
        server.publish(published(target))
        yield server, target


@pytest.fixture
def issuer(issuing: tuple[Loopback, Target]) -> Target:
    """The issuer, which signs tokens."""
    return issuing[1]


@pytest.fixture
def api(
    world: World, calls: AwsCalls, issuing: tuple[Loopback, Target], monkeypatch: pytest.MonkeyPatch
) -> OpenApi:
    """The API. Waiting takes no time."""
    monkeypatch.setenv("ISSUERS", json.dumps([trusted(issuing[0])]))
    monkeypatch.setattr(announce_orders, "sleep", lambda seconds: None)
    sys.modules.pop(_MODULE, None)
    return OpenApi(world, calls, import_module(_MODULE).handler)
