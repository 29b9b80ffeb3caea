"""Several issuers beside each other: none can stand in for another, and no key for one of another kind."""

from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from ordering.tokens.keys import KeysUnavailable
from tests.handlers.authoriser.gate import AUDIENCE, SCOPE, Gate, gate, published, target_of, trusted
from tests.support.forge import Target, compact, es, hs, pem, ps, rs, rsa_jwk
from tests.support.loopback import Loopback
from tests.support.world import World

SECRET = "s" * 64
PARTNER = "https://partner.example"


@pytest.fixture
def neighbour(other: Loopback) -> Target:
    """A second issuer, with a key of its own."""
    target = target_of(other.url, key="neighbour")
    other.publish(rsa_jwk(target.key) | {"kid": target.kid})
    return target


def partner(secret: str = SECRET, *algorithms: str) -> dict[str, Any]:
    """An entry of ISSUERS for an issuer with a shared secret."""
    made = boto3.client("secretsmanager").create_secret(Name="partner", SecretString=secret)
    return {
        "issuer": PARTNER,
        "audience": [AUDIENCE],
        "algorithms": algorithms or ["HS256"],
        "keys": {"secretArn": made["ARN"]},
    }


@pytest.fixture
def both(world: World, server: Loopback, other: Loopback, issuer: Target, neighbour: Target) -> Gate:
    """A gate that trusts both, each with rules of its own, and a partner with a secret."""
    return gate(
        [
            trusted(server),
            trusted(other, "PS256", audience=["neighbours-api"], scopePrefix="shop/"),
            partner(),
        ]
    )


def _of_neighbour(neighbour: Target, **changes: Any) -> str:
    claims = neighbour.claims(**{"aud": "neighbours-api", "scope": f"shop/{SCOPE}"} | changes)
    return compact(neighbour.header(alg="PS256"), claims, ps(neighbour.key))


def test_token_of_each_issuer_is_checked_by_the_rules_of_that_issuer(
    both: Gate, issuer: Target, neighbour: Target
) -> None:
    assert both.admits(issuer.good())
    assert both.admits(_of_neighbour(neighbour))
    assert both.admits(compact({"alg": "HS256"}, issuer.claims(iss=PARTNER), hs(SECRET.encode())))


def test_issuer_cannot_sign_tokens_of_another_issuer(both: Gate, issuer: Target, neighbour: Target) -> None:
    header = {"alg": "RS256", "kid": neighbour.kid}
    assert not both.admits(compact(header, issuer.claims(), rs(neighbour.key)))
    assert not both.admits(compact(header | {"kid": issuer.kid}, issuer.claims(), rs(neighbour.key)))
    assert not both.admits(_of_neighbour(neighbour, iss=issuer.issuer))


def test_rules_of_one_issuer_do_not_apply_to_another(both: Gate, issuer: Target, neighbour: Target) -> None:
    assert not both.admits(_of_neighbour(neighbour, aud=AUDIENCE))
    assert not both.admits(_of_neighbour(neighbour, scope=SCOPE))
    assert not both.admits(compact(neighbour.header(), neighbour.claims(), rs(neighbour.key)))
    assert not both.admits(issuer.signed(aud="neighbours-api"))
    assert not both.admits(issuer.signed(scope=f"shop/{SCOPE}"))


def test_shared_secret_and_published_key_are_not_interchangeable(both: Gate, issuer: Target) -> None:
    claims = issuer.claims(iss=PARTNER)
    public = pem(issuer.key, PublicFormat.SubjectPublicKeyInfo)
    assert not both.admits(compact({"alg": "HS256", "kid": issuer.kid}, claims, hs(public)))
    assert not both.admits(compact({"alg": "RS256", "kid": issuer.kid}, claims, rs(issuer.key)))
    assert not both.admits(compact({"alg": "RS256"}, claims, rs(issuer.key)))
    assert not both.admits(compact({"alg": "HS384"}, claims, hs(SECRET.encode(), 384)))
    assert not both.admits(compact(issuer.header(alg="HS256"), issuer.claims(), hs(SECRET.encode())))


def test_unreachable_issuer_does_not_affect_another_issuer(
    both: Gate, issuer: Target, neighbour: Target, other: Loopback
) -> None:
    other.responses.clear()
    with pytest.raises(KeysUnavailable):
        both.admits(_of_neighbour(neighbour))
    assert both.admits(issuer.good())


@pytest.mark.parametrize(
    "changes",
    [
        {"use": "enc"},
        {"key_ops": ["encrypt"]},
        {"key_ops": "verify"},
        {"alg": "RS512"},
        {"alg": "RSA-OAEP"},
        {"kty": "EC"},
        {"kty": "oct"},
        {"kid": 7},
        {"kid": ""},
        {"n": 7},
        {"n": "!"},
        {"e": "AA"},
        {"e": None},
    ],
    ids=str,
)
def test_published_key_for_another_purpose_is_not_used(
    changes: dict[str, Any], world: World, server: Loopback, issuer: Target, neighbour: Target
) -> None:
    server.publish(published(issuer, **changes), published(neighbour))
    assert not gate([trusted(server)]).admits(issuer.good())


def test_key_of_another_curve_is_not_used(world: World, server: Loopback, issuer: Target) -> None:
    curve, fitting = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP256R1())
    server.publish(
        ECAlgorithm.to_jwk(curve.public_key(), as_dict=True) | {"kid": "P-384"},
        ECAlgorithm.to_jwk(fitting.public_key(), as_dict=True) | {"kid": "P-256"},
    )
    door = gate([trusted(server, "ES256")])
    assert not door.admits(compact(issuer.header(alg="ES256", kid="P-384"), issuer.claims(), es(curve)))
    assert door.admits(compact(issuer.header(alg="ES256", kid="P-256"), issuer.claims(), es(fitting)))


def test_weak_rsa_key_is_not_used(world: World, server: Loopback, issuer: Target, neighbour: Target) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - that is the point
    server.publish({**rsa_jwk(weak), "kid": "weak"}, published(neighbour))
    door = gate([trusted(server)])
    assert not door.admits(compact(issuer.header(kid="weak"), issuer.claims(), rs(weak)))
    assert door.admits(compact(neighbour.header(), issuer.claims(), rs(neighbour.key)))


def test_published_symmetric_key_verifies_no_token(
    world: World, server: Loopback, issuer: Target, neighbour: Target
) -> None:
    server.publish({"kty": "oct", "k": "c2VjcmV0", "kid": "oct", "alg": "HS256"}, published(neighbour))
    door = gate([trusted(server)])
    assert not door.admits(compact(issuer.header(alg="HS256", kid="oct"), issuer.claims(), hs(b"secret")))


def test_published_private_key_is_used_as_its_public_key(
    world: World, server: Loopback, issuer: Target
) -> None:
    private = RSAAlgorithm.to_jwk(issuer.key, as_dict=True)
    server.publish({**private, "kid": issuer.kid, "key_ops": ["verify"]})
    assert gate([trusted(server)]).admits(issuer.good())


def test_first_of_two_keys_with_the_same_name_is_used(
    world: World, server: Loopback, issuer: Target, neighbour: Target
) -> None:
    server.publish(published(issuer), published(neighbour, kid=issuer.kid))
    door = gate([trusted(server)])
    assert door.admits(issuer.good())
    assert not door.admits(compact(issuer.header(), issuer.claims(), rs(neighbour.key)))


def test_two_keys_of_different_types_may_have_the_same_name(
    world: World, server: Loopback, issuer: Target
) -> None:
    """RFC 7517, section 4.5."""
    curve = ec.generate_private_key(ec.SECP256R1())
    jwk = ECAlgorithm.to_jwk(curve.public_key(), as_dict=True)
    server.publish(published(issuer), {**jwk, "kid": issuer.kid})
    door = gate([trusted(server, "RS256", "ES256")])
    assert door.admits(issuer.good())
    assert door.admits(compact(issuer.header(alg="ES256"), issuer.claims(), es(curve)))


@pytest.mark.parametrize("secret", ["", "short", "s" * 31])
def test_shared_secret_that_is_too_short_is_a_fault(secret: str, world: World, issuer: Target) -> None:
    """RFC 7518, section 3.2: as long as the hash, at least."""
    if secret:
        door = gate([partner(secret)])
    else:
        unknown = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:partner-abcdef"
        door = gate(
            [
                {
                    "issuer": PARTNER,
                    "audience": [AUDIENCE],
                    "algorithms": ["HS256"],
                    "keys": {"secretArn": unknown},
                }
            ]
        )
    with pytest.raises(KeysUnavailable):
        door.admits(compact({"alg": "HS256"}, issuer.claims(iss=PARTNER), hs(secret.encode())))


def test_public_key_in_place_of_a_shared_secret_is_a_fault(world: World, issuer: Target) -> None:
    public = pem(issuer.key, PublicFormat.SubjectPublicKeyInfo)
    door = gate([partner(public.decode())])
    with pytest.raises(KeysUnavailable):
        door.admits(compact({"alg": "HS256"}, issuer.claims(iss=PARTNER), hs(public)))
