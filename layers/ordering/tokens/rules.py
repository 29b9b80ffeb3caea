"""What a token must be like, whoever verified it: all that needs no key and no issuer.

It holds for every caller. The Lambda authoriser asks it of what it has verified itself; behind the
gateway's own authoriser, which looks at none of this, the handlers can ask it of the token once more.
"""

from collections.abc import Mapping
from typing import Any

from ordering.tokens.compact import read
from ordering.tokens.refusals import RefusalReason, TokenRefused

# 9999-12-31T23:59:59Z: whoever writes more than that does not mean a time.
LATEST = 253_402_300_799

# An ID token, a log-out token or a proof of possession is no access token, whoever signed it (RFC 8725,
# section 3.11). Most issuers write `JWT`, or nothing; RFC 9068 has a name of its own.
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
# The gateway's own authoriser knows no keys but RSA's ("Control access to HTTP APIs with JWT authorizers in
# API Gateway"): a token that it took and that names another algorithm was not verified as what it says.
_OF_THE_GATEWAY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")


def check_header(header: Mapping[str, Any]) -> None:
    """Raises Refused for a header that asks for what is not done here.

    `jku`, `jwk`, `x5u` and `x5c` are not looked at: a token does not say which key is to be trusted. No
    extension that may be critical is known, the unencoded payload (`b64`, RFC 7797) among them.
    """
    if "crit" in header or "b64" in header:
        raise TokenRefused(RefusalReason.CRITICAL_HEADER)
    if str(header.get("typ", "JWT")).lower() not in _TYPES:
        raise TokenRefused(RefusalReason.OTHER_TYPE)


def check_claims(claims: Mapping[str, Any]) -> None:
    """Raises Refused for claims that say nobody, or no time; many a library reads `"exp": "1"` as one."""
    if claims.get("exp") is None:
        raise TokenRefused(RefusalReason.MISSING_CLAIM)
    for name in ("exp", "nbf", "iat"):
        if name in claims and not _is_time(claims[name]):
            raise TokenRefused(RefusalReason.BAD_TIME)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject.strip():
        raise TokenRefused(RefusalReason.NO_SUBJECT)


def check(authorization: str) -> None:
    """Both, of a token that the gateway has verified: it takes one behind `Bearer`, or alone.

    Raises Refused.
    """
    scheme, _, token = authorization.partition(" ")
    # One space or more (RFC 9110, section 11.4).
    unverified = read(token.lstrip(" ") if scheme.lower() == "bearer" else authorization)
    if unverified.header.get("alg") not in _OF_THE_GATEWAY:
        raise TokenRefused(RefusalReason.ALGORITHM_NOT_ALLOWED)
    check_header(unverified.header)
    check_claims(unverified.claims)


def _is_time(value: Any) -> bool:
    """Whether it is a NumericDate: a number, and not `true`, which Python takes for one."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LATEST
