"""A partner, whose receiver is a function: nothing is sent over a network."""

from collections.abc import Iterator

import boto3
import pytest

from ordering.webhooks import secret_key, sender
from tests.handlers.webhooks.partner import KEY, Partner
from tests.support.aws_calls import AwsCalls
from tests.support.clock import MovableClock
from tests.support.world import World


@pytest.fixture
def webhook_key(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The secret with the key. A process keeps the key once it has read it."""
    created = boto3.client("secretsmanager").create_secret(Name="webhooks", SecretString=KEY)
    monkeypatch.setenv("WEBHOOK_KEY_ARN", created["ARN"])
    secret_key.webhook_key.cache_clear()
    yield
    secret_key.webhook_key.cache_clear()


@pytest.fixture
def partner(
    world: World, webhook_key: None, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Partner]:
    """A partner without an endpoint."""
    partner = Partner(world, calls, MovableClock())
    monkeypatch.setattr(sender, "post", partner.post)
    with partner.clock.ticking():
        yield partner
