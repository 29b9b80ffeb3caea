"""Events that did not reach a topic: they are found by the stack's outputs, and published again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.environment import REGION
from tests.synth import PROJECT
from tests.tools.ops.deployed import Deployed, client

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient

UNDELIVERED = "undelivered-public-events"
EVENT = json.loads((PROJECT / "docs" / "event-examples.json").read_text())["OrderFulfilled"]


def add_topic(deployed: Deployed) -> str:
    """Add the public topic to the stage. Returns the URL of a queue that is subscribed to it."""
    sns: SNSClient = client("sns")
    topic = sns.create_topic(Name="public-events")["TopicArn"]
    subscriber = deployed.sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    arn = deployed.sqs.get_queue_attributes(QueueUrl=subscriber, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    url = deployed.sqs.create_queue(QueueName=UNDELIVERED)["QueueUrl"]
    added = {"PublicEventsTopicArn": topic, "UndeliveredPublicEventsQueueUrl": url}
    deployed.stacks["orders-dev-events"].update(added)
    deployed.outputs |= added
    return subscriber


def give_up(deployed: Deployed, body: Any) -> str:
    """Put a message into the queue as EventBridge does. Returns its id."""
    return deployed.put(
        "UndeliveredPublicEventsQueueUrl",
        body,
        ERROR_CODE="NO_PERMISSIONS",
        ERROR_MESSAGE="Lack of permissions",
    )


def _envelope(detail: Any) -> dict[str, Any]:
    return {"source": "orders", "detail-type": detail["type"], "region": REGION, "detail": detail}


def _received(deployed: Deployed, url: str) -> list[Any]:
    messages = deployed.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(each["Body"]) for each in messages]


def test_undelivered_event_of_a_topic_is_listed_with_its_cause(deployed: Deployed) -> None:
    add_topic(deployed)
    give_up(deployed, _envelope(EVENT))
    listed = deployed.ops("dlq", "--queue", UNDELIVERED)
    assert listed.status == 0, listed.err
    assert f"OrderFulfilled {EVENT['id']}" in listed.out
    assert "NO_PERMISSIONS: Lack of permissions" in listed.out
    assert "events that EventBridge could not publish to the topic PublicEvents" in listed.out


def test_redriven_event_reaches_the_subscribers_as_it_was(deployed: Deployed) -> None:
    subscriber = add_topic(deployed)
    give_up(deployed, _envelope(EVENT))
    assert deployed.ops("redrive", "--queue", UNDELIVERED, "--all", "--yes").status == 0
    assert _received(deployed, subscriber) == [_envelope(EVENT)]
    assert deployed.in_queue("UndeliveredPublicEventsQueueUrl") == []


@pytest.mark.slow
@pytest.mark.parametrize("body", ["", "not JSON", "{}", json.dumps(_envelope(EVENT | {"type": "Unheard"}))])
def test_message_that_is_no_event_is_kept_and_does_not_hold_others_back(
    deployed: Deployed, body: str
) -> None:
    subscriber = add_topic(deployed)
    if body:
        give_up(deployed, body)
    give_up(deployed, _envelope(EVENT))
    ran = deployed.ops("redrive", "--queue", UNDELIVERED, "--all", "--yes")
    assert ran.status == (3 if body else 0)
    assert _received(deployed, subscriber) == [_envelope(EVENT)]
    left = deployed.ops("dlq", "--queue", UNDELIVERED).out
    assert f"{UNDELIVERED}: {1 if body else 0} dead letter" in left or (not body and "no dead" in left), left


def test_discarding_says_that_subscribers_do_not_receive_the_event(deployed: Deployed) -> None:
    add_topic(deployed)
    give_up(deployed, _envelope(EVENT))
    ran = deployed.ops("discard", "--queue", UNDELIVERED, "--all", "--yes")
    assert f"subscribers of PublicEvents do not receive OrderFulfilled {EVENT['id']}" in ran.out
    assert deployed.in_queue("UndeliveredPublicEventsQueueUrl") == []
