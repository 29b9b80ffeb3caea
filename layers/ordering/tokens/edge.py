"""Whether a request came through the distribution, which adds a header with a secret to it.

An HTTP API can have neither a resource policy nor a web ACL, so its authorisers check the header
(docs/decisions/0025-the-api-behind-the-edge.md).
"""

import hmac
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ordering.aws.clients import client

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient


class EdgeSecrets:
    """The secrets that are accepted, each read once: a secret is replaced by another one, never changed."""

    def __init__(self, arns: Iterable[str], read: Callable[[str], str] | None = None) -> None:
        self._arns = tuple(arns)
        self._read = read or _secret
        self._known: dict[str, bytes] = {}

    @classmethod
    def of_environment(cls) -> "EdgeSecrets":
        """Returns those of the variable `EDGE_SECRET_ARNS`; none if requests need not come through it."""
        return cls(os.environ.get("EDGE_SECRET_ARNS", "").split())

    def admit(self, sent: str | None) -> bool:
        """Returns whether a request with this header is accepted. Raises the errors of the SDK."""
        if not self._arns:
            return True
        if not sent:
            return False
        return any(hmac.compare_digest(sent.encode(), self._secret(arn)) for arn in self._arns)

    def _secret(self, arn: str) -> bytes:
        if arn not in self._known:
            self._known[arn] = self._read(arn).encode()
        return self._known[arn]


def _secret(arn: str) -> str:
    secrets: SecretsManagerClient = client("secretsmanager")
    return secrets.get_secret_value(SecretId=arn)["SecretString"]
