"""The key that the secrets of all endpoints are derived from, in Secrets Manager."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from ordering.aws.clients import client

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient


@cache
def webhook_key() -> bytes:
    """Return the key. It never changes, so a process reads it once."""
    secrets: SecretsManagerClient = client("secretsmanager")
    return secrets.get_secret_value(SecretId=os.environ["WEBHOOK_KEY_ARN"])["SecretString"].encode()
