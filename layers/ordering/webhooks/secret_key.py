"""The keys that the secrets of endpoints are derived from: the versions of one secret of Secrets Manager.

An endpoint's item names the version that its secret is derived from, so the key can be replaced without
changing any secret that a partner has: a new secret is derived from the current version, and the others stay
readable. `orders-ops rotate-webhook-key` adds a version.

| the endpoint names      | its key is                                                                   |
|-------------------------|------------------------------------------------------------------------------|
| a version               | that version                                                                 |
| none: an earlier        | the version labelled FIRST_KEY, which was the only one then; the current one |
| release has created it  | if no version has the label, because the key was never replaced              |
| a version that does not | the current one. The whole secret was replaced (`docs/deploying.md`), so the |
| exist                   | partner can verify no webhook until they get a new secret                    |
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from ordering.aws.clients import client

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

FIRST_KEY = "FIRST_KEY"
"""The label of the version that secrets without a key id are derived from."""


class WebhookKey(NamedTuple):
    """A version of the secret: its id, and the key."""

    id: str
    value: bytes


class WebhookKeys:
    """The versions that this process has read. A version never changes."""

    def __init__(self) -> None:
        self._known: dict[str | None, bytes] = {}

    def current(self) -> WebhookKey:
        """Return the key for a new secret.

        It is read each time, so that no secret is derived from a key after it was replaced.
        """
        found = _manager().get_secret_value(SecretId=_secret_id())
        return WebhookKey(found["VersionId"], found["SecretString"].encode())

    def forget(self) -> None:
        """Forget what was read, as a new process has read nothing."""
        self._known.clear()

    def of(self, key_id: str | None) -> bytes:
        """Return the key that a secret is derived from. `key_id` is what the endpoint names."""
        if key_id not in self._known:
            # In this order: if no version has the label after it was read, it was the first one.
            current = self.current()
            found = current.value if key_id == current.id else _stored(key_id)
            if found is None and key_id is not None:
                return current.value
            self._known[key_id] = current.value if found is None else found
        return self._known[key_id]


webhook_keys = WebhookKeys()


def _stored(key_id: str | None) -> bytes | None:
    """Return the version of this id, or the one that is labelled as the first; None if there is none."""
    version = {"VersionStage": FIRST_KEY} if key_id is None else {"VersionId": key_id}
    try:
        return _manager().get_secret_value(SecretId=_secret_id(), **version)["SecretString"].encode()
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
    return None


def _manager() -> SecretsManagerClient:
    manager: SecretsManagerClient = client("secretsmanager")
    return manager


def _secret_id() -> str:
    return os.environ["WEBHOOK_KEY_ARN"]
