"""Tokens of the loopback issuer."""

import stat
from pathlib import Path

import jwt
import pytest

from console.workspace import Workspace
from local import tokens
from local.environment import Instance

ISSUER = "http://127.0.0.1:4567"


@pytest.fixture
def shop(tmp_path: Path) -> Instance:
    return Instance(Workspace(tmp_path), {"Issuer": ISSUER})


def test_a_token_verifies_with_the_published_key_alone(shop: Instance) -> None:
    token = shop.token("alice", "orders:read orders:write")

    published = tokens.public_jwk(shop.key)
    assert jwt.get_unverified_header(token)["kid"] == published["kid"]
    claims = jwt.decode(token, jwt.PyJWK(published), ["RS256"], audience="orders-api", issuer=ISSUER)
    assert claims["sub"] == "alice"
    assert claims["scope"] == "orders:read orders:write"
    assert claims["exp"] - claims["iat"] == tokens.HOUR


def test_no_private_number_is_published(shop: Instance) -> None:
    assert set(tokens.public_jwk(shop.key)) == {"kty", "n", "e", "alg", "use", "kid"}


def test_claims_are_replaced_added_and_left_out(shop: Instance) -> None:
    token = shop.token("alice", "orders:read", aud="another", exp=None, role="guest")

    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["aud"] == "another"
    assert claims["role"] == "guest"
    assert "exp" not in claims


@pytest.mark.slow
def test_token_of_another_key_is_refused_by_the_published_key(shop: Instance) -> None:
    forged = shop.token("alice", "orders:read", key=tokens.new_key())

    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(forged, shop.key.public_key(), ["RS256"], audience="orders-api")


@pytest.mark.slow
def test_key_is_made_once_and_readable_only_by_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "key.pem"

    first, second = tokens.key_at(path), tokens.key_at(path)

    assert tokens.public_jwk(first) == tokens.public_jwk(second)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
