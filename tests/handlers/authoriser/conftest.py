"""Issuers on loopback, and the log of the function."""

import io
import logging
from collections.abc import Iterator

import moto  # noqa: F401 (before a handler makes its client)
import pytest

from ordering.aws.logging import logger
from ordering.tokens import keys
from tests.handlers.authoriser.gate import Gate, gate, published, target_of, trusted
from tests.support.forge import Target
from tests.support.loopback import Loopback, serving
from tests.support.world import World


@pytest.fixture
def server() -> Iterator[Loopback]:
    """A server that may become an issuer."""
    with serving() as loopback:
        yield loopback


@pytest.fixture
def other() -> Iterator[Loopback]:
    """A second server."""
    with serving() as loopback:
        yield loopback


@pytest.fixture
def issuer(server: Loopback) -> Target:
    """An issuer of RS256 tokens."""
    target = target_of(server.url)
    server.publish(published(target))
    return target


@pytest.fixture
def door(world: World, server: Loopback, issuer: Target) -> Gate:
    """The authoriser of that issuer."""
    return gate([trusted(server)])


@pytest.fixture
def endless_cool_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cool-down outlasts the test, however slow the machine is."""
    monkeypatch.setattr(keys, "COOL_DOWN_SECONDS", float("inf"))


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged."""
    written = io.StringIO()
    handler = logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(written)
    yield written
    handler.setStream(before)
