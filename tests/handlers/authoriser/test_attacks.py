"""Every attack of the table, on an authoriser that trusts one issuer, and on one that trusts all kinds."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from jwt.algorithms import ECAlgorithm, OKPAlgorithm
from moto.core.base_backend import BackendDict

from ordering.tokens.refusals import TokenRefused
from ordering.tokens.rules import check
from tests.handlers.authoriser.gate import AUDIENCE, Gate, gate, published, target_of, trusted
from tests.support.attacks import ATTACKS, FAMILIES, REPRESENTATIVES, Attack, GatewayTreatment, can_be_sent
from tests.support.forge import Target, rsa_jwk, rsa_key
from tests.support.loopback import Loopback, serving
from tests.support.tables import create_tables


@dataclass(frozen=True)
class AttackTarget:
    """A target, its gate, the issuers that the gate trusts, and the attacker's server."""

    target: Target
    gate: Gate
    issuers: Sequence[dict[str, Any]]
    server: Loopback
    mallory: Loopback


@pytest.fixture(scope="module", params=["one issuer", "issuers of all kinds"])
def attacked(aws_in_memory: None, request: pytest.FixtureRequest) -> Iterator[AttackTarget]:
    with ExitStack() as servers:
        # Tests of other modules may have run before.
        BackendDict.reset()
        create_tables()
        server, others, mallory = (servers.enter_context(serving()) for _ in range(3))
        target = target_of(server.url, mallory)
        server.publish(published(target))
        mallory.publish(target.mallory.jwk)
        issuers = [trusted(server)]
        if request.param != "one issuer":
            secret = boto3.client("secretsmanager").create_secret(Name="partner", SecretString="s" * 64)
            others.publish(*_keys_of_all_kinds(target.kid))
            issuers += [
                trusted(others, "RS256", "PS256", "ES256", "ES384", "EdDSA"),
                {
                    "issuer": "https://partner.example",
                    "audience": [AUDIENCE],
                    "algorithms": ["HS256", "HS384", "HS512"],
                    "keys": {"secretArn": secret["ARN"]},
                },
            ]
        yield AttackTarget(target, gate(issuers), issuers, server, mallory)


def _keys_of_all_kinds(kid: str) -> list[dict[str, str]]:
    """Keys of another issuer, one with the same `kid` as the target's key."""
    return [
        {**rsa_jwk(rsa_key("another")), "kid": kid},
        {
            **ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True),
            "kid": "ec",
        },
        {**OKPAlgorithm.to_jwk(ed25519.Ed25519PrivateKey.generate().public_key(), as_dict=True), "kid": "ed"},
    ]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_attack_token_is_refused(attack: Attack, attacked: AttackTarget) -> None:
    assert not attacked.gate.admits(attack.forge(attacked.target))
    assert attacked.mallory.asked == []


@pytest.mark.parametrize(
    "attack", [attack for attack in ATTACKS if attack.gateway is GatewayTreatment.PASSES_ON], ids=str
)
def test_attack_that_the_gateway_admits_is_refused_by_the_token_rules(
    attack: Attack, attacked: AttackTarget
) -> None:
    with pytest.raises(TokenRefused):
        check(f"Bearer {attack.forge(attacked.target)}")


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", ""])
def test_a_good_token_breaks_no_rule(scheme: str, attacked: AttackTarget) -> None:
    check(scheme + attacked.target.good())


def test_good_token_is_admitted_by_the_attacked_authoriser(attacked: AttackTarget) -> None:
    """Without this, an authoriser that refuses everything would pass."""
    assert attacked.gate.admits(attacked.target.good())


@pytest.mark.usefixtures("endless_cool_down")
def test_issuer_is_contacted_once_for_all_attacks(attacked: AttackTarget) -> None:
    """The attacks name a dozen unknown keys, all within one cool-down of a new process."""
    attacked.server.asked.clear()
    process = gate(attacked.issuers)
    for attack in ATTACKS:
        process.admits(attack.forge(attacked.target))
    assert attacked.server.asked == ["/.well-known/openid-configuration", "/.well-known/jwks.json"]


def test_attack_names_are_unique() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


def test_attacks_that_http_cannot_carry_are_marked(attacked: AttackTarget) -> None:
    """The end-to-end tests leave these out, and no other."""
    held_back = {attack.name for attack in ATTACKS if not can_be_sent(attack.forge(attacked.target))}
    assert held_back == {attack.name for attack in ATTACKS if not attack.by_http}
    assert len(held_back) == 6


def test_one_attack_of_each_family_and_each_treatment_is_sent_over_http() -> None:
    """The end-to-end tests send these to the gateway's own authoriser and to the Lambda authoriser."""
    kinds = {
        (family, attack.gateway)
        for family, attacks in FAMILIES.items()
        for attack in attacks
        if attack.by_http
    }
    assert [
        (family, attack.gateway)
        for attack in REPRESENTATIVES
        for family, attacks in FAMILIES.items()
        if attack in attacks
    ] == sorted(
        kinds, key=lambda kind: (list(FAMILIES).index(kind[0]), list(GatewayTreatment).index(kind[1]))
    )
    assert len(REPRESENTATIVES) == 20
    assert {family for family, _ in kinds} == FAMILIES.keys()
    assert all(attack.by_http for attack in REPRESENTATIVES)
