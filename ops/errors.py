"""The errors of commands, each with its cause and what to do instead."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from ordering.domain.refusal import CommandRefused as CommandRefused
from ordering.domain.refusal import UnreadableOrder as UnreadableOrder

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId"})
_REACHING_AWS = "check your network and credentials, AWS_PROFILE and AWS_REGION; locally, `make status`"


FAILURES = (CommandRefused, ClientError, BotoCoreError)
"""The exceptions by which a command fails, or the part of it that reads one queue, one log or one table."""


def explain(failure: Exception) -> tuple[str, str]:
    """Returns why one of `FAILURES` happened, and its remedy."""
    if isinstance(failure, CommandRefused):
        return failure.why, failure.remedy
    if isinstance(failure, ClientError):
        error = failure.response["Error"]
        return f"{failure.operation_name}: {error['Code']}: {error['Message']}", _remedy(error["Code"])
    return str(failure), _REACHING_AWS


def _remedy(code: str) -> str:
    if code in _DENIED:
        return "docs/runbooks/README.md lists the permissions that an operator's role needs"
    if code in _EXPIRED:
        return "sign in again"
    return "run the command again: it is safe to repeat after an interruption"
