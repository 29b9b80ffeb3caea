"""Attacks on the tokens of a deployed instance, over HTTP, and their outcomes.

`tests/handlers/authoriser` runs every attack against the same verifier in process. Over HTTP, at least one
attack of each family and of each kind of treatment by the gateway is sent. `EVERY_ATTACK=1` in the
environment sends all of them: use it when the version of the local engine changes, because
`Attack.gateway` records what that engine does.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from local.environment import Instance
from local.tokens import public_jwk
from local.web import HttpResponse
from tests.e2e.shop import Shop
from tests.support.attacks import ATTACKS, REPRESENTATIVES, Attack, GatewayTreatment
from tests.support.forge import Mallory, Target
from tests.support.loopback import Loopback, serving


@dataclass(frozen=True)
class AttackSuite:
    """The attacked instance, the attacker's server, and the outcome of each attack that was sent."""

    shop: Shop
    target: Target
    attacker_server: Loopback
    outcomes: dict[str, str] = field(default_factory=dict)

    def send(self, attack: Attack) -> HttpResponse:
        """Send `GET /orders` with the attack's token; returns the response."""
        answer = self.shop.send("GET", "/orders", token=attack.forge(self.target))
        self.outcomes[attack.name] = _outcome(answer)
        return answer

    def __str__(self) -> str:
        counted = Counter(self.outcomes.values()).most_common()
        return f"{len(self.outcomes)} attacks sent: " + ", ".join(
            f"{count} × {outcome}" for outcome, count in counted
        )


@contextmanager
def attack_suite(shop: Shop) -> Iterator[AttackSuite]:
    """A suite for this instance, and a server that publishes the attacker's keys."""
    with serving() as loopback:
        mallory = Mallory(loopback.url)
        loopback.publish(mallory.jwk)
        yield AttackSuite(shop, _target(shop.instance, mallory), loopback)


def attacks(*kinds: GatewayTreatment) -> pytest.MarkDecorator:
    """Parametrize a test with the attacks that the gateway's JWT authoriser treats in one of these ways.

    Attacks that no HTTP client can send are left out; `tests/handlers/authoriser` runs them in process.
    """
    sent = ATTACKS if os.environ.get("EVERY_ATTACK") else REPRESENTATIVES
    made = [each for each in sent if each.by_http and each.gateway in kinds]
    return pytest.mark.parametrize("attack", made, ids=str)


def _target(instance: Instance, mallory: Mallory) -> Target:
    return Target(
        issuer=instance.outputs["Issuer"],
        audience=instance.outputs["Audience"],
        scope="orders:read",
        key=instance.key,
        kid=public_jwk(instance.key)["kid"],
        mallory=mallory,
    )


def _outcome(answer: HttpResponse) -> str:
    if answer.status < 400:
        return "served"
    by_the_handler = answer.headers.get("content-type") == "application/problem+json"
    return f"{answer.status} by the {'handler' if by_the_handler else 'gateway'}"
