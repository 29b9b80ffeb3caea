"""Whether a token is what it claims to be (RFC 7519; RFC 8725, the best current practices)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jwt
from jwt.exceptions import InvalidSubjectError
from msgspec import Struct

from ordering.tokens.compact import read
from ordering.tokens.issuers import Issuer
from ordering.tokens.keys import KeyRing, key_ring
from ordering.tokens.refusals import Reason, Refused

# Between the issuer's clock and ours.
LEEWAY_SECONDS = 30
# 9999-12-31T23:59:59Z: whoever writes more than that does not mean a time.
LATEST = 253_402_300_799

# An ID token, a log-out token or a proof of possession is no access token, whoever signed it (RFC 8725,
# section 3.11). Most issuers write `JWT`, or nothing; RFC 9068 has a name of its own.
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})

_REASONS: tuple[tuple[type[jwt.InvalidTokenError], Reason], ...] = (
    (jwt.InvalidSignatureError, Reason.BAD_SIGNATURE),
    (jwt.ExpiredSignatureError, Reason.EXPIRED),
    (jwt.ImmatureSignatureError, Reason.NOT_YET_VALID),
    (jwt.InvalidAudienceError, Reason.OTHER_AUDIENCE),
    (jwt.MissingRequiredClaimError, Reason.MISSING_CLAIM),
    (InvalidSubjectError, Reason.NO_SUBJECT),
)


class Verified(Struct, frozen=True):
    """What a token says that is good. `scopes` are as the issuer writes them, with its prefix."""

    issuer: str
    subject: str
    scopes: tuple[str, ...]
    scope_prefix: str

    def permits(self, scope: str) -> bool:
        """Whether it carries this scope, named without the issuer's prefix."""
        return f"{self.scope_prefix}{scope}" in self.scopes


class Verifier:
    """Verifies the tokens of some issuers, and of nobody else."""

    def __init__(self, issuers: Iterable[Issuer], keys_of: Callable[[Issuer], KeyRing] = key_ring) -> None:
        self._issuers = {issuer.issuer: (issuer, keys_of(issuer)) for issuer in issuers}

    def verify(self, token: str) -> Verified:
        """What `token` says. Raises Refused; KeysUnavailable if nobody can tell whether it is good."""
        unverified = read(token)
        header = unverified.header
        # `jku`, `jwk`, `x5u` and `x5c` are not looked at: a token does not say which key is to be trusted.
        # No extension that may be critical is known here, the unencoded payload (`b64`) among them.
        if "crit" in header or "b64" in header:
            raise Refused(Reason.CRITICAL_HEADER)
        if str(header.get("typ", "JWT")).lower() not in _TYPES:
            raise Refused(Reason.OTHER_TYPE)
        issuer, keys = self._chosen(unverified.claims.get("iss"))
        key = _key(header, issuer, keys)
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
            raise Refused(_reason(error)) from None
        return _checked(claims, issuer)

    def _chosen(self, name: Any) -> tuple[Issuer, KeyRing]:
        # The name is not verified yet. It only says whose keys and rules the token must stand up to.
        if not isinstance(name, str) or name not in self._issuers:
            raise Refused(Reason.UNKNOWN_ISSUER)
        return self._issuers[name]


def _key(header: Mapping[str, Any], issuer: Issuer, keys: KeyRing) -> jwt.PyJWK:
    """The key of the issuer's that the header names, for an algorithm that the issuer may use."""
    name, wanted = header.get("kid"), header.get("alg")
    algorithm = next((each for each in issuer.algorithms if each.value == wanted), None)
    if algorithm is None:
        raise Refused(Reason.ALGORITHM_NOT_ALLOWED)
    if algorithm.is_symmetric:
        name = ""
    elif not isinstance(name, str) or not name:
        raise Refused(Reason.UNKNOWN_KEY)
    key = keys.find(name, algorithm)
    if key is None:
        raise Refused(Reason.UNKNOWN_KEY)
    return key


def _checked(claims: Mapping[str, Any], issuer: Issuer) -> Verified:
    """What PyJWT is lenient in, or does not look at: `"exp": "1"` is a time to it, and `sub` may be empty."""
    for name in ("exp", "nbf", "iat"):
        if name in claims and not _is_time(claims[name]):
            raise Refused(Reason.BAD_TIME)
    if issuer.audience_claim == "client_id" and claims["client_id"] not in issuer.audience:
        raise Refused(Reason.OTHER_AUDIENCE)
    if not claims["sub"].strip():
        raise Refused(Reason.NO_SUBJECT)
    return Verified(issuer.issuer, claims["sub"], _scopes(claims), issuer.scope_prefix)


def _is_time(value: Any) -> bool:
    """Whether it is a NumericDate: a number, and not `true`, which Python takes for one."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LATEST


def _scopes(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """`scope`, split at spaces and nothing else (RFC 6749, section 3.3), and `scp`, a list or the same."""
    scopes: list[str] = []
    for name in ("scope", "scp"):
        match claims.get(name):
            case str() as text:
                scopes += text.split(" ")
            case list() as listed if name == "scp":
                scopes += [each for each in listed if isinstance(each, str)]
    return tuple(dict.fromkeys(filter(None, scopes)))


def _reason(error: jwt.InvalidTokenError) -> Reason:
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), Reason.MALFORMED)
