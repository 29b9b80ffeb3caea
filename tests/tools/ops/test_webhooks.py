"""`webhooks`: partners' endpoints, the log of their deliveries, sending again, and a test event."""

import json
from datetime import timedelta

import pytest

from ordering.domain.clock import later, now
from ordering.domain.webhooks.delivery import LOST_AFTER, DeliveryStatus, WebhookDelivery, delivery_of
from ordering.domain.webhooks.endpoint import EVENT_TYPES, DisabledReason, Endpoint, new_endpoint
from ordering.repositories.stream import event_of_images
from ordering.repositories.webhook_deliveries import Deliveries, key_of
from ordering.repositories.webhooks import Webhooks
from tests.support.aws_calls import AwsCalls, before_it
from tests.support.builders import CUSTOMER_ID, image, order
from tests.support.environment import WEBHOOK_KEY_ID
from tests.tools.ops.deployed import Deployed, Ran, client

URL = "https://partner.example.com/hooks?token=a-secret-of-the-partner"
QUEUE = "WebhookDeliveriesQueueUrl"


def an_ended_delivery(deployed: Deployed) -> tuple[Endpoint, WebhookDelivery]:
    """Returns an endpoint, and a delivery to it that has failed."""
    table = deployed.world.table
    endpoint = new_endpoint(CUSTOMER_ID, URL, EVENT_TYPES, key_id=WEBHOOK_KEY_ID, at=now())
    Webhooks(table).create(endpoint)
    event = event_of_images(None, image(order()))
    assert event
    delivery = delivery_of(event, endpoint, at=now())
    Deliveries(table).create(delivery)
    Deliveries(table).end(delivery, DeliveryStatus.FAILED, result="503", milliseconds=7, at=now())
    return endpoint, delivery


def webhooks(deployed: Deployed, *options: str) -> Ran:
    return deployed.ops("webhooks", "--customer", CUSTOMER_ID, *options)


def stored(deployed: Deployed, delivery: WebhookDelivery) -> WebhookDelivery:
    found = Deliveries(deployed.world.table).find(key_of(delivery))
    assert found
    return found


def test_endpoints_of_a_partner_are_listed_without_their_path(deployed: Deployed) -> None:
    endpoint, _ = an_ended_delivery(deployed)
    ran = webhooks(deployed)
    assert ran.status == 0, ran.err
    assert "1 webhook endpoint\n" in ran.out
    assert endpoint.webhook_id in ran.out
    assert "partner.example.com" in ran.out
    assert "a-secret-of-the-partner" not in ran.out + webhooks(deployed, "--json").out


def test_disabled_endpoints_of_all_partners_are_listed(deployed: Deployed) -> None:
    first, _ = an_ended_delivery(deployed)
    disabled = new_endpoint(CUSTOMER_ID, URL, EVENT_TYPES, key_id=WEBHOOK_KEY_ID, at=now())
    table = Webhooks(deployed.world.table)
    table.create(disabled)
    assert table.disable(disabled, DisabledReason.GONE, at=now())
    ran = deployed.ops("webhooks", "--disabled", "--json")
    (shown,) = json.loads(ran.out)["endpoints"]
    assert (shown["webhookId"], shown["disabledReason"]) == (disabled.webhook_id, "GONE")
    assert shown["webhookId"] != first.webhook_id


def test_log_shows_what_the_last_attempt_has_led_to(deployed: Deployed) -> None:
    endpoint, delivery = an_ended_delivery(deployed)
    ran = webhooks(deployed, "--endpoint", endpoint.webhook_id)
    assert ran.status == 0, ran.err
    assert "1 delivery, the newest first" in ran.out
    for fact in (delivery.event_id, delivery.order_id, "FAILED", "503"):
        assert fact in ran.out
    document = json.loads(webhooks(deployed, "--endpoint", endpoint.webhook_id, "--json").out)
    assert [each["lastResult"] for each in document["deliveries"]] == ["503"]


def test_event_that_is_sent_again_is_due_and_has_a_message(deployed: Deployed) -> None:
    endpoint, delivery = an_ended_delivery(deployed)
    ran = webhooks(deployed, "--endpoint", endpoint.webhook_id, "--resend", delivery.event_id, "--yes")
    assert ran.status == 0, ran.err
    again = stored(deployed, delivery)
    assert (again.status, again.attempts) == (DeliveryStatus.PENDING, 0)
    messages = deployed.sqs.get_queue_attributes(
        QueueUrl=deployed.outputs[QUEUE], AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )
    # One before the delivery is due again and one after, so that it is never without a message.
    assert messages["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "2"


def test_event_that_is_not_in_the_log_or_is_pending_is_not_sent_again(deployed: Deployed) -> None:
    endpoint, delivery = an_ended_delivery(deployed)
    resend = ("--endpoint", endpoint.webhook_id, "--yes", "--resend")
    assert "has no event nothing" in webhooks(deployed, *resend, "nothing").err
    assert webhooks(deployed, *resend, delivery.event_id).status == 0
    refused = webhooks(deployed, *resend, delivery.event_id)
    assert (refused.status, "the delivery is PENDING" in refused.err) == (1, True)


def test_pending_event_that_has_lost_its_message_is_sent_again(deployed: Deployed) -> None:
    endpoint, delivery = an_ended_delivery(deployed)
    resend = ("--endpoint", endpoint.webhook_id, "--yes", "--resend", delivery.event_id)
    assert webhooks(deployed, *resend).status == 0
    lost = later(now(), -LOST_AFTER - timedelta(minutes=1))
    deployed.world.table.update(
        key_of(delivery), "SET dueAt = :lost", values={":lost": lost}, names={}, condition=None
    )
    assert webhooks(deployed, *resend).status == 0
    assert stored(deployed, delivery).due_at > lost


def test_stage_without_webhooks_shows_endpoints_and_sends_nothing(deployed: Deployed) -> None:
    """Endpoints and their log are kept when webhooks are turned off and their stack is deleted."""
    endpoint, delivery = an_ended_delivery(deployed)
    del deployed.stacks["orders-dev-webhooks"]
    assert endpoint.webhook_id in webhooks(deployed).out
    assert delivery.event_id[:8] in webhooks(deployed, "--endpoint", endpoint.webhook_id).out
    for sending in (("--test",), ("--resend", delivery.event_id)):
        refused = webhooks(deployed, "--endpoint", endpoint.webhook_id, "--yes", *sending)
        assert (refused.status, "stage dev sends no webhooks" in refused.err) == (1, True)
    assert stored(deployed, delivery).status == "FAILED"


def test_nothing_is_sent_again_to_a_disabled_endpoint(deployed: Deployed) -> None:
    endpoint, delivery = an_ended_delivery(deployed)
    assert Webhooks(deployed.world.table).disable(endpoint, DisabledReason.GONE, at=now())
    refused = webhooks(deployed, "--endpoint", endpoint.webhook_id, "--resend", delivery.event_id, "--yes")
    assert refused.status == 1
    assert "send a test event with --test" in refused.err
    assert stored(deployed, delivery).status == "FAILED"


@pytest.mark.slow
def test_delivery_that_changes_meanwhile_is_not_changed(deployed: Deployed, calls: AwsCalls) -> None:
    """Two operators: one of them makes the delivery due again, and the other is refused."""
    endpoint, delivery = an_ended_delivery(deployed)
    deliveries = Deliveries(deployed.world.table)
    calls.next(
        "UpdateItem",
        before_it(lambda: deliveries.reopen(stored(deployed, delivery), at=now())),
    )
    refused = webhooks(deployed, "--endpoint", endpoint.webhook_id, "--resend", delivery.event_id, "--yes")
    assert (refused.status, "has changed meanwhile" in refused.err) == (1, True)


def test_test_event_is_queued_and_written(deployed: Deployed) -> None:
    endpoint, _ = an_ended_delivery(deployed)
    ran = webhooks(deployed, "--endpoint", endpoint.webhook_id, "--test", "--yes", "--json")
    sent = json.loads(ran.out)["sent"]
    log = Deliveries(deployed.world.table).log(endpoint.webhook_id, 10)
    assert [each.event_id for each in log if each.is_test] == [sent]


def test_endpoint_of_another_customer_is_refused(deployed: Deployed) -> None:
    endpoint, _ = an_ended_delivery(deployed)
    ran = deployed.ops("webhooks", "--customer", "f" * 32, "--endpoint", endpoint.webhook_id)
    assert (ran.status, "has no webhook endpoint" in ran.err) == (1, True)


def earlier(deployed: Deployed) -> list[str]:
    """The endpoints whose secret is derived from a key that was replaced."""
    ran = deployed.ops("webhooks", "--earlier-key", "--json")
    assert ran.status == 0, ran.err
    return [each["webhookId"] for each in json.loads(ran.out)["endpoints"]]


@pytest.mark.slow
def test_endpoints_of_an_earlier_key_are_listed_until_their_secret_is_replaced(deployed: Deployed) -> None:
    endpoint, _ = an_ended_delivery(deployed)
    assert earlier(deployed) == []
    ran = deployed.ops("rotate-webhook-key", "--yes", "--json")
    assert ran.status == 0, ran.err
    shown = json.loads(ran.out)
    assert shown["earlierKeyId"] == WEBHOOK_KEY_ID
    assert earlier(deployed) == [endpoint.webhook_id]
    assert Webhooks(deployed.world.table).rotate(endpoint, key_id=shown["keyId"], at=now())
    assert earlier(deployed) == []


def test_key_of_webhooks_is_printed_nowhere(deployed: Deployed) -> None:
    manager = client("secretsmanager")
    ran = [deployed.ops("rotate-webhook-key", "--yes"), deployed.ops("rotate-webhook-key", "--yes", "--json")]
    assert [each.status for each in ran] == [0, 0]
    found = manager.describe_secret(SecretId="webhooks")["VersionIdsToStages"]
    values = {
        manager.get_secret_value(SecretId="webhooks", VersionId=version)["SecretString"] for version in found
    }
    assert len(values) == 3
    assert not [value for value in values for each in ran if value in each.out + each.err]


def test_key_is_not_replaced_unless_the_operator_confirms_it(deployed: Deployed, types: list[str]) -> None:
    types.append("prod")
    assert deployed.ops("rotate-webhook-key").status == 1
    assert len(client("secretsmanager").describe_secret(SecretId="webhooks")["VersionIdsToStages"]) == 1


@pytest.mark.slow
def test_key_is_not_replaced_beyond_the_labels_that_secrets_manager_allows(deployed: Deployed) -> None:
    """Twenty labels across all versions of a secret (AWS Secrets Manager quotas)."""
    ran = deployed.ops("rotate-webhook-key", "--yes")
    replaced = 0
    while ran.status == 0:
        replaced += 1
        ran = deployed.ops("rotate-webhook-key", "--yes")
    assert replaced == 17
    assert "Secrets Manager allows 20" in ran.err
    found = client("secretsmanager").describe_secret(SecretId="webhooks")["VersionIdsToStages"]
    assert sum(map(len, found.values())) == 20


def test_stage_without_webhooks_has_no_key_to_replace(deployed: Deployed) -> None:
    del deployed.stacks["orders-dev-webhooks"]
    ran = deployed.ops("rotate-webhook-key", "--yes")
    assert (ran.status, "has no key of webhooks" in ran.err) == (1, True)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--customer", "c", "--disabled"),
        ("--customer", "c", "--earlier-key"),
        ("--disabled", "--earlier-key"),
        ("--disabled", "--endpoint", "w"),
        ("--customer", "c", "--test"),
        ("--customer", "c", "--endpoint", "w", "--test", "--resend", "e"),
    ],
)
def test_options_that_do_not_fit_are_wrong_usage(deployed: Deployed, options: tuple[str, ...]) -> None:
    assert deployed.ops("webhooks", *options).status == 2
