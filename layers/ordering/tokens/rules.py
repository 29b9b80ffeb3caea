"""Rules for the header and the claims of a token that need neither a key nor the issuer.

The Lambda authoriser applies them when it verifies a token. API Gateway's own authoriser does not check them,
so if that authoriser is used, the handlers apply them to the token that it has verified.
"""

from collections.abc import Mapping
from typing import Any

from ordering.tokens.compact import read
from ordering.tokens.refusals import RefusalReason, TokenRefused

# 9999-12-31T23:59:59Z. A larger number is not a time in seconds.
LATEST = 253_402_300_799

# ID tokens, log-out tokens and proofs of possession are not access tokens, even if the issuer signed them
# (RFC 8725, section 3.11). Most issuers write `JWT` or nothing; RFC 9068 defines `at+jwt`.
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
# API Gateway's own authoriser supports RSA keys only ("Control access to HTTP APIs with JWT authorizers in
# API Gateway"): if it accepts a token whose header names another algorithm, it has not verified that one.
_GATEWAY_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")


def check_header(header: Mapping[str, Any]) -> None:
    """Raises TokenRefused if the header has another type than an access token, or needs an extension.

    No critical extension is supported, nor is the unencoded payload (`b64`, RFC 7797). `jku`, `jwk`, `x5u`
    and `x5c` are ignored: a token cannot decide which key is trusted.
    """
    if "crit" in header or "b64" in header:
        raise TokenRefused(RefusalReason.CRITICAL_HEADER)
    if str(header.get("typ", "JWT")).lower() not in _TYPES:
        raise TokenRefused(RefusalReason.OTHER_TYPE)


def check_claims(claims: Mapping[str, Any]) -> None:
    """Raises TokenRefused if `exp` or `sub` is missing or invalid, or any time is not a number.

    Many libraries accept `"exp": "1"` as a time.
    """
    if claims.get("exp") is None:
        raise TokenRefused(RefusalReason.MISSING_CLAIM)
    for name in ("exp", "nbf", "iat"):
        if name in claims and not _is_time(claims[name]):
            raise TokenRefused(RefusalReason.BAD_TIME)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject.strip():
        raise TokenRefused(RefusalReason.NO_SUBJECT)


def check(authorization: str) -> None:
    """Check header and claims of a token that API Gateway has verified. Raises TokenRefused.

    `authorization` is the value of the header: the gateway accepts a token with or without `Bearer`.
    """
    scheme, _, token = authorization.partition(" ")
    # One space or more (RFC 9110, section 11.4).
    unverified = read(token.lstrip(" ") if scheme.lower() == "bearer" else authorization)
    if unverified.header.get("alg") not in _GATEWAY_ALGORITHMS:
        raise TokenRefused(RefusalReason.ALGORITHM_NOT_ALLOWED)
    check_header(unverified.header)
    check_claims(unverified.claims)


def _is_time(value: Any) -> bool:
    """Whether a value is a NumericDate: a number, and not a boolean, which is a number in Python."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LATEST
