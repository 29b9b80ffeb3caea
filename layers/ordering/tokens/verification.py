"""Verifies tokens (RFC 7519), according to the best current practices (RFC 8725)."""

from collections.abc import Iterable, Mapping
from typing import Any

import jwt
from jwt.exceptions import InvalidSubjectError
from msgspec import Struct

from ordering.tokens.compact import read
from ordering.tokens.issuers import Issuer
from ordering.tokens.keys import KeyRing, key_ring
from ordering.tokens.refusals import RefusalReason, TokenRefused
from ordering.tokens.rules import check_claims, check_header

# The allowed difference between the issuer's clock and ours.
LEEWAY_SECONDS = 30

_REASONS: tuple[tuple[type[jwt.InvalidTokenError], RefusalReason], ...] = (
    (jwt.InvalidSignatureError, RefusalReason.BAD_SIGNATURE),
    (jwt.ExpiredSignatureError, RefusalReason.EXPIRED),
    (jwt.ImmatureSignatureError, RefusalReason.NOT_YET_VALID),
    (jwt.InvalidAudienceError, RefusalReason.OTHER_AUDIENCE),
    (jwt.MissingRequiredClaimError, RefusalReason.MISSING_CLAIM),
    (InvalidSubjectError, RefusalReason.NO_SUBJECT),
)


class Verified(Struct, frozen=True):
    """The verified claims of a token. `scopes` are as the issuer writes them, with its prefix."""

    issuer: str
    subject: str
    scopes: tuple[str, ...]
    scope_prefix: str
    expires_at: int
    """Seconds since 1970."""

    def permits(self, scope: str) -> bool:
        """Whether the token has this scope, which is given without the issuer's prefix."""
        return f"{self.scope_prefix}{scope}" in self.scopes


class Verifier:
    """Verifies the tokens of the given issuers, and refuses all others."""

    def __init__(self, issuers: Iterable[Issuer]) -> None:
        self._issuers = {issuer.issuer: (issuer, key_ring(issuer)) for issuer in issuers}

    def verify(self, token: str) -> Verified:
        """Return the claims of a valid token.

        Raises TokenRefused if it is not valid, and KeysUnavailable if it cannot be verified.
        """
        unverified = read(token)
        check_header(unverified.header)
        issuer, keys = self._issuer_of(unverified.claims.get("iss"))
        key = _key(unverified.header, issuer, keys)
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=issuer.audience if issuer.audience_claim == "aud" else None,
                issuer=issuer.issuer,
                leeway=LEEWAY_SECONDS,
                options={
                    "require": ["exp", "iss", "sub", issuer.audience_claim],
                    "verify_aud": issuer.audience_claim == "aud",
                },
            )
        except jwt.InvalidTokenError as error:
            raise TokenRefused(_reason(error)) from None
        check_claims(claims)
        # PyJWT checks the audience in `aud` only.
        if issuer.audience_claim == "client_id" and claims["client_id"] not in issuer.audience:
            raise TokenRefused(RefusalReason.OTHER_AUDIENCE)
        return Verified(
            issuer.issuer, claims["sub"], _scopes(claims), issuer.scope_prefix, int(claims["exp"])
        )

    def _issuer_of(self, name: Any) -> tuple[Issuer, KeyRing]:
        # The name is not verified yet. It only selects the keys and rules by which the token is verified.
        if not isinstance(name, str) or name not in self._issuers:
            raise TokenRefused(RefusalReason.UNKNOWN_ISSUER)
        return self._issuers[name]


def _key(header: Mapping[str, Any], issuer: Issuer, keys: KeyRing) -> jwt.PyJWK:
    """Return the issuer's key that the header names. Raises TokenRefused, also for other algorithms."""
    name, wanted = header.get("kid"), header.get("alg")
    algorithm = next((each for each in issuer.algorithms if each.value == wanted), None)
    if algorithm is None:
        raise TokenRefused(RefusalReason.ALGORITHM_NOT_ALLOWED)
    if algorithm.is_symmetric:
        name = ""
    elif not isinstance(name, str) or not name:
        raise TokenRefused(RefusalReason.UNKNOWN_KEY)
    key = keys.find(name, algorithm)
    if key is None:
        raise TokenRefused(RefusalReason.UNKNOWN_KEY)
    return key


def _scopes(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the scopes of `scope` and `scp`: lists, or texts separated by spaces (RFC 6749, 3.3)."""
    scopes: list[str] = []
    for name in ("scope", "scp"):
        match claims.get(name):
            case str() as text:
                scopes += text.split(" ")
            case list() as listed:
                scopes += [each for each in listed if isinstance(each, str)]
    return tuple(dict.fromkeys(filter(None, scopes)))


def _reason(error: jwt.InvalidTokenError) -> RefusalReason:
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), RefusalReason.MALFORMED)
