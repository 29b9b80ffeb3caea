"""A deployed instance under attack over HTTP: what is sent, and what became of it.

The verification of tokens is the same code in one process, where `tests/handlers/authoriser` makes every
attack. Over HTTP one of each family and of each treatment by the gateway is sent. `EVERY_ATTACK=1` in the
environment sends all of them: use it when the version of the local engine changes, because `Attack.gateway`
records what that engine does.
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
class Siege:
    """What is attacked, the attacker's server, and how each attack that was made has ended."""

    shop: Shop
    target: Target
    mallory: Loopback
    ends: dict[str, str] = field(default_factory=dict)

    def make(self, attack: Attack) -> HttpResponse:
        """The answer to `GET /orders` with the attack's token."""
        answer = self.shop.send("GET", "/orders", token=attack.forge(self.target))
        self.ends[attack.name] = _end(answer)
        return answer

    def __str__(self) -> str:
        counted = Counter(self.ends.values()).most_common()
        return f"{len(self.ends)} attacks made: " + ", ".join(f"{number} × {end}" for end, number in counted)


@contextmanager
def besieged(shop: Shop) -> Iterator[Siege]:
    """The siege of a shop; the attacker's server publishes the attacker's keys."""
    with serving() as loopback:
        mallory = Mallory(loopback.url)
        loopback.publish(mallory.jwk)
        yield Siege(shop, _target(shop.instance, mallory), loopback)


def attacks(*kinds: GatewayTreatment) -> pytest.MarkDecorator:
    """A test of each representative attack, or of every one, that the gateway's own authoriser treats so.

    Those that no client of HTTP can send are left out: the authoriser's own tests make them, in its process.
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


def _end(answer: HttpResponse) -> str:
    if answer.status < 400:
        return "served"
    by_the_handler = answer.headers.get("content-type") == "application/problem+json"
    return f"{answer.status} by the {'handler' if by_the_handler else 'gateway'}"
