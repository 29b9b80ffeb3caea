"""Forms of a valid token that the authoriser accepts."""

import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from ordering.http.request import Request
from tests.handlers.authoriser.gate import AUDIENCE, SCOPE, Gate, gate, published, trusted
from tests.support.forge import HOUR, Signer, Target, compact, es, hs, ps, rs, rsa_jwk
from tests.support.loopback import Loopback
from tests.support.recorded import http_event
from tests.support.world import World

SECRET = "correct horse battery staple, and then some more to make 64 octets"
P256, P384, P521 = (ec.generate_private_key(curve()) for curve in (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1))
EDWARDS = ed25519.Ed25519PrivateKey.generate()


def test_admitted_request_gives_the_handler_its_subject_and_scopes(door: Gate, issuer: Target) -> None:
    answer = door.ask(f"Bearer {issuer.good()}")
    assert answer == {
        "isAuthorized": True,
        "context": {"iss": issuer.issuer, "sub": "alice", "scope": SCOPE},
    }
    event = http_event("POST /orders")
    event["requestContext"]["authorizer"] = {"lambda": answer["context"]}
    caller = Request(event).caller
    assert (caller.issuer, caller.subject) == (issuer.issuer, "alice")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_scheme_of_the_authorization_header_is_case_insensitive(
    scheme: str, door: Gate, issuer: Target
) -> None:
    assert door.ask(f"{scheme} {issuer.good()}")["isAuthorized"]


@pytest.mark.parametrize("spaces", [1, 2, 9])
def test_token_may_follow_the_scheme_after_several_spaces(spaces: int, door: Gate, issuer: Target) -> None:
    """RFC 9110, section 11.4."""
    assert door.ask(f"Bearer{' ' * spaces}{issuer.good()}")["isAuthorized"]


@pytest.mark.parametrize("between", [",", ", "])
def test_token_that_was_sent_twice_is_refused(between: str, door: Gate, issuer: Target) -> None:
    """The header has one value; the gateway joins two headers with a comma."""
    sent = f"Bearer {issuer.good()}"
    assert door.ask(f"{sent}{between}{sent}") == {"isAuthorized": False}


@pytest.mark.parametrize(
    "scheme", ["", "Basic ", "Bearer", "Bearer\t", "Bearer \t", "Token ", "Bearer Bearer "]
)
def test_other_authorization_schemes_are_refused(scheme: str, door: Gate, issuer: Target) -> None:
    assert door.ask(f"{scheme}{issuer.good()}") == {"isAuthorized": False}


RSA_SIGNERS: dict[str, Callable[[Target], Signer]] = {
    "RS256": lambda t: rs(t.key),
    "RS384": lambda t: rs(t.key, 384),
    "RS512": lambda t: rs(t.key, 512),
    "PS256": lambda t: ps(t.key),
    "PS384": lambda t: ps(t.key, 384),
    "PS512": lambda t: ps(t.key, 512),
}


@pytest.mark.parametrize("algorithm", RSA_SIGNERS)
def test_one_rsa_key_verifies_every_algorithm_it_fits(
    algorithm: str, world: World, server: Loopback, issuer: Target
) -> None:
    server.publish(rsa_jwk(issuer.key) | {"kid": issuer.kid})
    door = gate([trusted(server, *RSA_SIGNERS)])
    token = compact(issuer.header(alg=algorithm), issuer.claims(), RSA_SIGNERS[algorithm](issuer))
    assert door.admits(token)


@pytest.mark.parametrize(
    ("algorithm", "jwk", "sign"),
    [
        ("ES256", ECAlgorithm.to_jwk(P256.public_key(), as_dict=True), es(P256)),
        ("ES384", ECAlgorithm.to_jwk(P384.public_key(), as_dict=True), es(P384, 384)),
        ("ES512", ECAlgorithm.to_jwk(P521.public_key(), as_dict=True), es(P521, 512)),
        ("EdDSA", OKPAlgorithm.to_jwk(EDWARDS.public_key(), as_dict=True), EDWARDS.sign),
    ],
    ids=["ES256", "ES384", "ES512", "EdDSA"],
)
def test_keys_that_the_jwt_authoriser_does_not_support_are_accepted(
    algorithm: str, jwk: dict[str, Any], sign: Signer, world: World, server: Loopback, issuer: Target
) -> None:
    server.publish({**jwk, "kid": "curve", "use": "sig", "key_ops": ["verify"]})
    door = gate([trusted(server, algorithm)])
    assert door.admits(compact(issuer.header(alg=algorithm, kid="curve"), issuer.claims(), sign))
    assert not door.admits(issuer.good())


@pytest.mark.parametrize("bits", [256, 384, 512])
@pytest.mark.parametrize("kid", [..., "2026-11"])
def test_token_signed_with_a_shared_secret_is_accepted(
    bits: int, kid: Any, world: World, issuer: Target
) -> None:
    arn = boto3.client("secretsmanager").create_secret(Name="partner", SecretString=SECRET)["ARN"]
    door = gate(
        [
            {
                "issuer": issuer.issuer,
                "audience": [AUDIENCE],
                "algorithms": [f"HS{bits}"],
                "keys": {"secretArn": arn},
            }
        ]
    )
    token = compact(issuer.header(alg=f"HS{bits}", kid=kid), issuer.claims(), hs(SECRET.encode(), bits))
    assert door.admits(token)
    assert not door.admits(token[:-8] + "AAAAAAAA")


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": [AUDIENCE]},
        {"aud": ["another-api", AUDIENCE]},
        {"aud": "mobile"},
        {"iat": ..., "nbf": ...},
        {"scope": f"openid {SCOPE} profile"},
        {"scope": f"  {SCOPE}  "},
        {"scope": ..., "scp": [SCOPE]},
        {"scope": ..., "scp": f"openid {SCOPE}"},
        {"scope": "openid", "scp": ["profile", SCOPE]},
        {"scope": 7, "scp": ["profile", 7, None, SCOPE]},
        {"scope": ["openid", SCOPE]},
        {"sub": "auth0|5f7c8ec7"},
        {"sub": "Zoë 🔑"},
        {"jti": "7", "email": "alice@example.com", "act": {"sub": "bob"}},
        {"pad": "x" * 5_000},
    ],
    ids=str,
)
def test_valid_claims_are_accepted(
    claims: dict[str, Any], world: World, server: Loopback, issuer: Target
) -> None:
    door = gate([trusted(server, audience=[AUDIENCE, "mobile"])])
    assert door.admits(issuer.signed(**claims))


@pytest.mark.parametrize(
    ("claim", "seconds"), [("exp", HOUR + 0.5), ("exp", -5), ("nbf", 20), ("iat", 20), ("iat", -HOUR)]
)
def test_clock_skew_within_the_tolerance_is_accepted(
    claim: str, seconds: float, door: Gate, issuer: Target
) -> None:
    assert door.admits(issuer.signed(**{claim: int(time.time()) + seconds}))


@pytest.mark.parametrize("typ", [..., "JWT", "jwt", "at+jwt", "application/at+jwt"])
def test_token_types_of_an_access_token_are_accepted(typ: Any, door: Gate, issuer: Target) -> None:
    assert door.admits(issuer.signed(issuer.header(typ=typ)))


@pytest.mark.parametrize("member", ["jku", "x5u", "x5c", "jwk", "x5t", "cty", "zip", "anything"])
def test_unknown_header_parameters_are_ignored(member: str, door: Gate, issuer: Target) -> None:
    assert door.admits(issuer.signed(issuer.header(**{member: "https://mallory.example/"})))


def test_cognito_client_id_claim_counts_as_the_audience(
    world: World, server: Loopback, issuer: Target
) -> None:
    door = gate(
        [trusted(server, audience=["client-1", "client-2"], audienceClaim="client_id", scopePrefix="orders/")]
    )

    def access_token(**claims: Any) -> str:
        changes: dict[str, Any] = {"aud": ..., "client_id": "client-2", "scope": f"orders/{SCOPE}"}
        return issuer.signed(**changes | claims)

    assert door.admits(access_token())
    assert not door.admits(access_token(client_id="client-3"))
    assert not door.admits(access_token(client_id=["client-2"]))
    assert not door.admits(access_token(client_id=...))
    assert not door.admits(access_token(client_id=None))
    # An ID token: it is for the client, and not for us.
    assert not door.admits(access_token(aud="client-2", client_id=...))
    assert not door.admits(access_token(scope=SCOPE))


def test_issuer_may_end_in_a_slash(world: World, server: Loopback, issuer: Target) -> None:
    name = f"{server.url}/"
    server.publish(published(issuer), issuer=name)
    door = gate([trusted(server, issuer=name)])
    assert door.admits(issuer.signed(iss=name))
    assert not door.admits(issuer.good())
