"""The issuers whose tokens the authoriser accepts, from its environment variable `ISSUERS`."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec

LOOPBACK = "127.0.0.1"

_PATH = re.compile(r"(?P<message>.*) - at `\$(?P<path>.*)`", re.DOTALL)


class BadConfiguration(ValueError):
    """The configuration in the environment is invalid. The message names the field."""


class Algorithm(StrEnum):
    """The supported signature algorithms (RFC 7518, section 3.1; RFC 8037, section 3.1), without `none`."""

    RS256 = "RS256"
    RS384 = "RS384"
    RS512 = "RS512"
    PS256 = "PS256"
    PS384 = "PS384"
    PS512 = "PS512"
    ES256 = "ES256"
    ES384 = "ES384"
    ES512 = "ES512"
    EDDSA = "EdDSA"
    HS256 = "HS256"
    HS384 = "HS384"
    HS512 = "HS512"

    @property
    def is_symmetric(self) -> bool:
        """Whether one secret both signs and verifies."""
        return self.value.startswith("HS")

    def fits(self, jwk: Mapping[str, Any]) -> bool:
        """Whether a public key of a key set (RFC 7517) has the type and the use that this algorithm needs."""
        kty, crv = _KEY_TYPES.get(self, (None, None))
        operations = jwk.get("key_ops", ["verify"])
        return (
            jwk.get("kty") == kty
            and jwk.get("crv") == crv
            and jwk.get("alg", self.value) == self.value
            and jwk.get("use", "sig") == "sig"
            and isinstance(operations, list)
            and "verify" in operations
        )


_RSA = ("RSA", None)
# `kty` and `crv` of the key. Symmetric algorithms are left out, since secrets are not published.
_KEY_TYPES: Mapping[Algorithm, tuple[str, str | None]] = {
    **{algorithm: _RSA for algorithm in Algorithm if algorithm.value.startswith(("RS", "PS"))},
    Algorithm.ES256: ("EC", "P-256"),
    Algorithm.ES384: ("EC", "P-384"),
    Algorithm.ES512: ("EC", "P-521"),
    Algorithm.EDDSA: ("OKP", "Ed25519"),
}

_Text = Annotated[str, msgspec.Meta(min_length=1)]


class SecretKeys(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A shared secret in Secrets Manager: the whole `SecretString` is the key."""

    secret_arn: _Text


class Issuer(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """One issuer.

    `audience_claim` is the claim that contains the audience: Cognito's access tokens have `client_id` instead
    of `aud`. `scope_prefix` is the issuer's prefix of every scope (Cognito: `orders/`).
    """

    issuer: _Text
    audience: Annotated[tuple[_Text, ...], msgspec.Meta(min_length=1)]
    algorithms: Annotated[tuple[Algorithm, ...], msgspec.Meta(min_length=1)]
    keys: Literal["jwks"] | SecretKeys
    audience_claim: Literal["aud", "client_id"] = "aud"
    scope_prefix: str = ""

    def __post_init__(self) -> None:
        # A public key must never be used as a shared secret (RFC 8725, section 2.1): no issuer has both.
        symmetric = isinstance(self.keys, SecretKeys)
        for algorithm in self.algorithms:
            if algorithm.is_symmetric != symmetric:
                kind = "a shared secret" if symmetric else "published keys"
                raise ValueError(f"algorithms: {algorithm} cannot be used with {kind}")
        # OpenID Connect Discovery 1.0, section 3: an issuer has neither query nor fragment.
        if not symmetric and (not is_safe_url(self.issuer) or {"?", "#"} & set(self.issuer)):
            raise ValueError(
                f"issuer: must be an https URL, or http://{LOOPBACK}, without a query or a fragment"
            )


def is_safe_url(text: str) -> bool:
    """Whether keys may be fetched from this URL: over https, or from the loopback interface."""
    try:
        url = urlsplit(text)
        # Reading the port checks it.
        authority, _ = url.hostname or "", url.port
    except ValueError:
        return False
    if url.username is not None or not text.isascii():
        return False
    return (url.scheme == "https" and bool(authority)) or (url.scheme == "http" and authority == LOOPBACK)


def issuers_of(text: str) -> tuple[Issuer, ...]:
    """Return the issuers that a JSON list describes. Raises BadConfiguration."""
    try:
        issuers = msgspec.json.decode(text, type=tuple[Issuer, ...])
    except msgspec.ValidationError as error:
        match = _PATH.fullmatch(str(error))
        where, what = (match["path"], match["message"]) if match else ("", str(error))
        raise BadConfiguration(f"ISSUERS{where}: {what}") from None
    except (ValueError, RecursionError) as error:
        raise BadConfiguration(f"ISSUERS: {error}") from None
    if not issuers:
        raise BadConfiguration("ISSUERS: must name at least one issuer")
    seen: set[str] = set()
    for index, issuer in enumerate(issuers):
        if issuer.issuer in seen:
            raise BadConfiguration(f"ISSUERS[{index}].issuer: is in the list twice")
        seen.add(issuer.issuer)
    return issuers
