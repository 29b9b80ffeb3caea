"""A partner, whose receiver is a function: nothing is sent over a network."""

from collections.abc import Iterator

import pytest

from lambdas.events import deliver_webhook
from ordering.webhooks import sender
from tests.handlers.webhooks.partner import Partner
from tests.support.aws_calls import AwsCalls
from tests.support.clock import MovableClock
from tests.support.world import World


@pytest.fixture
def partner(
    world: World, webhook_key: None, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Partner]:
    """A partner without an endpoint."""
    partner = Partner(world, calls, MovableClock())
    monkeypatch.setattr(sender, "post", partner.post)
    monkeypatch.setattr(deliver_webhook, "sleep", partner.clock.move)
    with partner.clock.ticking():
        yield partner
