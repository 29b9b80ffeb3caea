"""Reasons to refuse a token.

The Lambda authoriser logs the reason, and the client gets only 403. Behind API Gateway's own authoriser, the
handlers check further rules (`tokens.rules`), and the 401 problem names the reason.
"""

from enum import StrEnum


class RefusalReason(StrEnum):
    """The reason of a refusal, as a code for the log."""

    NOT_FROM_THE_EDGE = "not-from-the-edge"
    NOT_BEARER = "not-bearer"
    TOO_LARGE = "too-large"
    MALFORMED = "malformed"
    DUPLICATE_MEMBER = "duplicate-member"
    CRITICAL_HEADER = "critical-header"
    OTHER_TYPE = "other-type"
    UNKNOWN_ISSUER = "unknown-issuer"
    ALGORITHM_NOT_ALLOWED = "algorithm-not-allowed"
    UNKNOWN_KEY = "unknown-key"
    BAD_SIGNATURE = "bad-signature"
    MISSING_CLAIM = "missing-claim"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    BAD_TIME = "bad-time"
    OTHER_AUDIENCE = "other-audience"
    NO_SUBJECT = "no-subject"
    UNKNOWN_ROUTE = "unknown-route"
    MISSING_SCOPE = "missing-scope"
    BLOCKED = "blocked"


class TokenRefused(Exception):
    """The token is refused, or it does not permit the request."""

    def __init__(self, reason: RefusalReason) -> None:
        super().__init__(reason.value)
        self.reason = reason
