"""The command `rotate-webhook-key`: replaces the key from which new secrets of endpoints are derived.

The secrets that partners have stay valid: their endpoints name the version of the key that they were derived
from, and every version stays readable. A version without a label could be deleted by Secrets Manager
("UpdateSecretVersionStage"), so each one has a label of its own.

| if it dies                      | then                                                      |
|---------------------------------|-------------------------------------------------------------|
| after the first key is labelled | the functions use the same key as before; run it again    |
| after the new key is stored     | the same: it is not used, and the next run stores another |
"""

from __future__ import annotations

import secrets
from typing import NamedTuple
from uuid import uuid4

from console.progress import say
from ops.documents.webhooks import RotateWebhookKeyDocument
from ops.errors import CommandRefused
from ops.json_output import print_document
from ops.options import confirm
from ops.stage import Stage
from ordering.domain.webhooks.endpoint import Endpoint
from ordering.webhooks.secret_key import FIRST_KEY

_OUTPUT = "WebhookKeyArn"
# As long as the SHA-256 block: a longer key would be hashed first (RFC 2104, section 3).
_KEY_BYTES = 64
# "Staging labels attached across all versions of a secret" (AWS Secrets Manager quotas).
_MAX_LABELS = 20


class KeyVersions(NamedTuple):
    """The current version, the one that is labelled as the first, and how many labels there are."""

    current: str
    first: str | None
    labels: int

    def is_earlier(self, endpoint: Endpoint) -> bool:
        """Whether an endpoint's secret is derived from a key that was replaced since."""
        return (endpoint.key_id or self.first or self.current) != self.current


def key_versions(stage: Stage) -> KeyVersions:
    """Returns the versions, without the keys. Raises CommandRefused in a stage without webhooks."""
    found = stage.secrets.describe_secret(SecretId=_secret(stage))["VersionIdsToStages"]
    by_label = {label: version for version, labels in found.items() for label in labels}
    current = by_label["AWSCURRENT"]
    return KeyVersions(current, by_label.get(FIRST_KEY), len(by_label))


def rotate_key(stage: Stage, *, yes: bool, as_json: bool) -> None:
    """Store a new key, which new secrets are derived from. Raises CommandRefused."""
    secret, before = _secret(stage), key_versions(stage)
    # The first time, the earlier version gets two: FIRST_KEY, and AWSPREVIOUS.
    if before.labels + (3 if before.first is None else 1) > _MAX_LABELS:
        raise CommandRefused(
            f"the secret has {before.labels} labels, and Secrets Manager allows {_MAX_LABELS}",
            "remove the label of a key that no endpoint uses: `webhooks --earlier-key` lists those in use",
        )
    confirm(
        stage,
        "The key of webhooks' secrets would be replaced. The secrets that partners have stay valid.",
        yes=yes,
    )
    if before.first is None:
        stage.secrets.update_secret_version_stage(
            SecretId=secret, VersionStage=FIRST_KEY, MoveToVersionId=before.current
        )
    key_id = str(uuid4())
    stage.secrets.put_secret_value(
        SecretId=secret,
        ClientRequestToken=key_id,
        SecretString=secrets.token_hex(_KEY_BYTES // 2),
        VersionStages=[f"KEY-{key_id}"],
    )
    stage.secrets.update_secret_version_stage(
        SecretId=secret,
        VersionStage="AWSCURRENT",
        MoveToVersionId=key_id,
        RemoveFromVersionId=before.current,
    )
    if as_json:
        print_document(
            RotateWebhookKeyDocument(
                stage=stage.name, failures=[], key_id=key_id, earlier_key_id=before.current
            )
        )
        return
    say(f"new secrets are derived from key {key_id}")
    say("each partner replaces the secret of their endpoints: POST /webhooks/{webhookId}/secret")


def _secret(stage: Stage) -> str:
    if _OUTPUT not in stage.outputs:
        raise CommandRefused(
            f"stage {stage.name} has no key of webhooks",
            "set `webhooks` in stacks/settings/stages.py, and deploy this release",
        )
    return stage.outputs[_OUTPUT]
