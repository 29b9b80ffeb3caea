"""The key of webhooks' secrets is replaced, and every partner can go on verifying with the secret they have.

The key is replaced by the operator's command. Secrets Manager is moto's.
"""

import os
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError
from standardwebhooks import Webhook

from ops.stage import Stage
from ops.webhooks.keys import key_versions, rotate_key
from ordering.domain.webhooks.endpoint import Endpoint
from ordering.domain.webhooks.signing import secret_of
from ordering.repositories.keys import endpoint_keys
from ordering.webhooks.secret_key import FIRST_KEY, webhook_keys
from tests.handlers.webhooks.partner import Partner
from tests.support.aws_calls import AwsCalls, fails
from tests.support.environment import WEBHOOK_KEY
from tests.support.world import World

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

pytestmark = pytest.mark.usefixtures("webhook_key")

FIRST = WEBHOOK_KEY.encode()
URL = "https://partner.example.com/hooks"


def manager() -> "SecretsManagerClient":
    client: SecretsManagerClient = boto3.client("secretsmanager")
    return client


def a_stage() -> Stage:
    return Stage("dev", "a test", {"WebhookKeyArn": os.environ["WEBHOOK_KEY_ARN"]})


def replace_key() -> bytes:
    """An operator replaces the key. Returns the new one."""
    rotate_key(a_stage(), yes=True, as_json=True)
    return manager().get_secret_value(SecretId=os.environ["WEBHOOK_KEY_ARN"])["SecretString"].encode()


def forget_key_id(partner: Partner, endpoint: Endpoint) -> None:
    """Make the endpoint one that an earlier release has created: its item names no key."""
    key = endpoint_keys.webhook_endpoint(endpoint.customer_id, endpoint.webhook_id)
    item = partner.world.table.get(key)
    assert item
    assert item.pop("keyId")
    partner.world.table.put(item, condition="attribute_exists(PK)")
    assert partner.found(endpoint).key_id is None


def signatures(partner: Partner) -> list[str]:
    """The signatures of the next webhook."""
    partner.publish(partner.event())
    partner.run()
    return partner.requests[-1].headers["webhook-signature"].split()


def expected(partner: Partner, *secrets: str) -> list[str]:
    """The signatures of the last webhook by these secrets, as the independent library makes them."""
    sent = partner.requests[-1]
    at = partner.clock.present.fromtimestamp(int(sent.headers["webhook-timestamp"]), tz=None)
    signed = sent.headers["webhook-id"], at.astimezone(), sent.body.decode()
    return [Webhook(secret).sign(*signed) for secret in secrets]


@pytest.mark.parametrize("is_new_process", [False, True])
@pytest.mark.parametrize("is_of_earlier_release", [False, True])
def test_secret_stays_valid_when_the_key_is_replaced(
    partner: Partner, is_new_process: bool, is_of_earlier_release: bool
) -> None:
    endpoint = partner.endpoint()
    if is_of_earlier_release:
        forget_key_id(partner, endpoint)
    secret = endpoint.secret(FIRST)
    assert signatures(partner) == expected(partner, secret)
    for _ in range(2):
        replace_key()
        if is_new_process:
            webhook_keys.forget()
        assert signatures(partner) == expected(partner, secret)


@pytest.mark.parametrize("is_of_earlier_release", [False, True])
def test_partner_who_replaces_their_secret_gets_one_of_the_new_key(
    partner: Partner, is_of_earlier_release: bool
) -> None:
    endpoint = partner.endpoint()
    if is_of_earlier_release:
        forget_key_id(partner, endpoint)
    new = replace_key()
    rotated = partner.rotate(partner.found(endpoint))
    assert rotated
    # Both are valid for a day.
    assert signatures(partner) == expected(partner, rotated.secret(new), endpoint.secret(FIRST))
    partner.clock.move(24 * 3600)
    assert signatures(partner) == expected(partner, rotated.secret(new))
    again = partner.rotate(rotated)
    assert again
    assert signatures(partner) == expected(partner, again.secret(new), rotated.secret(new))


def test_process_that_has_read_a_replaced_key_shows_no_secret_of_it(world: World) -> None:
    def create() -> tuple[str, Endpoint]:
        body = world.api("create_webhook", "POST /webhooks", {"url": URL}).body
        (item,) = (each for each in world.items() if each["SK"].endswith(body["webhookId"]))
        return body["secret"], item["salt"]

    secret, salt = create()
    assert secret == secret_of(FIRST, str(salt))
    new = replace_key()
    secret, salt = create()
    assert secret == secret_of(new, str(salt))


def test_every_version_has_a_label_that_keeps_it(world: World) -> None:
    """A version without a label can be deleted by Secrets Manager ("UpdateSecretVersionStage")."""
    for _ in range(4):
        replace_key()
    found = manager().describe_secret(SecretId=os.environ["WEBHOOK_KEY_ARN"])["VersionIdsToStages"]
    own = [set(labels) - {"AWSCURRENT", "AWSPREVIOUS"} for labels in found.values()]
    assert len(own) == 5
    assert all(own)
    assert sum(FIRST_KEY in labels for labels in own) == 1


def test_replacement_that_died_is_completed_by_the_next_one(partner: Partner, calls: AwsCalls) -> None:
    endpoint = partner.endpoint()
    forget_key_id(partner, endpoint)
    for call in ("PutSecretValue", "UpdateSecretVersionStage"):
        calls.next(call, fails("InternalServiceError"))
        with pytest.raises(ClientError):
            replace_key()
        assert signatures(partner) == expected(partner, endpoint.secret(FIRST))
    replace_key()
    webhook_keys.forget()
    assert signatures(partner) == expected(partner, endpoint.secret(FIRST))


@pytest.mark.slow
def test_key_that_was_deleted_with_its_stack_fails_no_delivery(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The partner cannot verify what they get, until they replace their secret."""
    endpoint = partner.endpoint()
    manager().delete_secret(SecretId=os.environ["WEBHOOK_KEY_ARN"], ForceDeleteWithoutRecovery=True)
    another = manager().create_secret(Name="webhooks", SecretString="n" * 64)
    monkeypatch.setenv("WEBHOOK_KEY_ARN", another["ARN"])
    new = b"n" * 64
    assert signatures(partner) == expected(partner, endpoint.secret(new))
    rotated = partner.rotate(endpoint)
    assert rotated
    assert signatures(partner)[0] == expected(partner, rotated.secret(new))[0]
    assert key_versions(a_stage()).is_earlier(endpoint)
    assert not key_versions(a_stage()).is_earlier(rotated)
