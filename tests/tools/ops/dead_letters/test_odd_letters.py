"""Each letter is handled separately: an unreadable one is shown, and can be discarded."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ordering.aws.event_bus import EventBus, PublishResult, RefusedEvent
from ordering.domain.order import Status
from ordering.repositories.stream import event_of_images
from tests.support import hostile
from tests.support.aws_calls import AwsCalls, client_error
from tests.support.builders import image, order
from tests.support.orders import an_order
from tests.support.recorded import placed_order_image, recorded, stream_event
from tests.tools.ops.deployed import BUCKET, Deployed

QUEUES = {
    "order": "OrderDeadLetterQueueUrl",
    "events": "UndeliveredEventsQueueUrl",
    "changes": "ParkedChangesQueueUrl",
    "sweeps": "MissedSweepsQueueUrl",
    "reports": "MissedReportsQueueUrl",
    "notifications": "NotificationsDeadLetterQueueUrl",
    "undelivered-notifications": "UndeliveredNotificationsQueueUrl",
    "uploads": "UploadsDeadLetterQueueUrl",
    "customer-jobs": "CustomerJobsDeadLetterQueueUrl",
    "webhook-deliveries": "WebhookDeliveriesDeadLetterQueueUrl",
}
# Bodies that SQS accepts. (moto also accepts an empty body, which SQS refuses.)
ODD = {
    "an id of 4,000 characters": json.dumps({"orderId": "x" * 4000}),
    "an event with an id of 4,000 characters": json.dumps(
        recorded("eventbridge_order_fulfilled")
        | {"detail": recorded("eventbridge_order_fulfilled")["detail"] | {"subject": "x" * 4000}}
    ),
    "nested 2,000 deep": "[" * 2000,
    "nested 2,000 deep and closed": '{"orderId":' * 2000 + "1" + "}" * 2000,
    "no JSON": "an order",
    "escapes": json.dumps({"orderId": "\x1b[2J\u202e\u2028\x9b\x07"}),
    "a lone surrogate": '{"orderId": "\\ud800", "cause": "\\ud800", "record": {"a": "\\ud800"}}',
    "no order": '{"orderId": 1e400}',
    "another kind's": json.dumps({"cause": "x", "record": {"dynamodb": {"NewImage": 5}}}),
    "where it cannot be": json.dumps({"cause": "x", "keys": [], "object": "parked/\x1b"}),
    "a batch": json.dumps({"payload": {"Records": [{"dynamodb": 7}, {}]}}),
    "a batch of no batch": json.dumps({"payload": '{"Records": 5}'}),
}


@pytest.fixture
def calls(calls: AwsCalls) -> AwsCalls:
    """DynamoDB as strict about keys as it is on AWS ("Quotas in Amazon DynamoDB"), which moto is not."""

    def lengths(parameters: Any, send: Any) -> Any:
        values = {**parameters.get("Key", {}), **parameters.get("ExpressionAttributeValues", {})}
        for name, value in values.items():
            if len(value.get("S", "").encode()) > (1024 if name in ("SK", ":item") else 2048):
                raise client_error("ValidationException", "Query")
        return send()

    for operation in ("GetItem", "Query", "UpdateItem"):
        calls.always(operation, lengths)
    return calls


@pytest.mark.slow
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("queue", QUEUES)
def test_odd_letter_hides_no_other_and_can_be_discarded(
    deployed: Deployed, calls: AwsCalls, slept: list[float], queue: str, odd: str
) -> None:
    deployed.put(QUEUES[queue], "an ordinary one")
    id = deployed.put(QUEUES[queue], odd)
    listed = deployed.ops("dlq", "--queue", queue)
    assert listed.status == 0
    assert f"{queue}: 2 dead letters (" in listed.out
    assert id in listed.out
    assert not set(listed.out) & set("\x1b\u202e\u2028\x9b\x07"), "shown, and not obeyed"
    if queue != "sweeps":
        assert deployed.ops("redrive", "--queue", queue, "--all", "--yes").status == 3
    thrown = deployed.ops("discard", "--queue", queue, "--message", id, "--yes")
    assert thrown.status == 0, thrown.out
    assert f"{queue}: 1 dead letter (" in deployed.ops("dlq", "--queue", queue).out


def test_an_order_beside_odd_letters_is_driven_on(
    deployed: Deployed, calls: AwsCalls, slept: list[float]
) -> None:
    order_id = an_order(deployed.world)
    for body in ODD.values():
        deployed.put(QUEUES["order"], body)
    deployed.dead(order_id)
    ran = deployed.ops("redrive", "--all", "--yes")
    assert ran.status == 3
    assert deployed.driven() == [order_id]
    assert f"1 dead letter done, {len(ODD)} left" in ran.out


def test_unreadable_body_is_shown_by_its_beginning_without_private_data(deployed: Deployed) -> None:
    deployed.put(QUEUES["order"], 'to ada@example.com\x1b[31m, {"paymentToken": "tok_secret"}')
    out = deployed.ops("dlq", "--queue", "order").out
    assert r'it begins: to [redacted]\x1b[31m, {"paymentToken…' in out
    assert not any(secret in out for secret in ("ada@", "tok_secret", "\x1b"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00not UTF-8", b"", b"[" * 3000, b'{"payload": "\xed\xa0\x80"}', b"\x1b]0;title\x07"],
    ids=repr,
)
def test_odd_object_hides_no_other_and_can_be_discarded(deployed: Deployed, content: bytes) -> None:
    placed = {"requestContext": {"condition": "x"}, "payload": stream_event((None, placed_order_image()))}
    deployed.s3.put_object(Bucket=BUCKET, Key="a", Body=content)
    deployed.s3.put_object(Bucket=BUCKET, Key="b", Body=json.dumps(placed))
    out = deployed.ops("dlq", "--queue", "undelivered-changes").out
    assert "undelivered-changes: 2 dead letters (" in out
    assert not set(out) & set("\x1b\x07\x00")
    ran = deployed.ops("redrive", "--queue", "undelivered-changes", "--all", "--yes")
    assert (ran.status, "1 dead letter done, 1 left" in ran.out) == (3, True)
    assert deployed.ops("discard", "--queue", "undelivered-changes", "--all", "--yes").status == 0
    assert deployed.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


def test_bytes_that_are_not_utf8_are_shown_as_escapes(deployed: Deployed) -> None:
    deployed.s3.put_object(Bucket=BUCKET, Key="a", Body=b"\xff\xfeoh")
    assert r"it begins: \xff\xfeoh" in deployed.ops("dlq", "--queue", "undelivered-changes").out


def test_object_deleted_meanwhile_hides_no_other(deployed: Deployed, calls: AwsCalls) -> None:
    for key in ("a", "b"):
        deployed.s3.put_object(Bucket=BUCKET, Key=key, Body=b"{}")

    def taken(parameters: Any, send: Any) -> Any:
        deployed.s3.delete_object(Bucket=BUCKET, Key=parameters["Key"])
        return send()

    calls.next("GetObject", taken)
    assert "undelivered-changes: 1 dead letter (" in deployed.ops("dlq", "--queue", "undelivered-changes").out


def test_expired_credentials_discard_no_letter(deployed: Deployed, calls: AwsCalls) -> None:
    """A letter is not discarded as unreadable because the operator is not signed in."""
    deployed.put(QUEUES["order"], {"orderId": "o-1"})

    def expired(parameters: Any, send: Any) -> Any:
        raise client_error("ExpiredTokenException", "GetItem")

    calls.always("GetItem", expired)
    ran = deployed.ops("discard", "--queue", "order", "--all", "--yes")
    assert ran.status == 1
    assert "ExpiredTokenException" in ran.err
    assert len(deployed.in_queue(QUEUES["order"])) == 1


# -- what no message can hold --------------------------------------------------------------------------


def test_change_in_the_bucket_is_listed_and_published_from_there(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = placed_order_image()
    keys = {name: image[name] for name in ("PK", "SK")}
    pointer = deployed.put(QUEUES["changes"], {"cause": "too long", "keys": keys, "object": "parked/1"})
    kept = {"requestContext": {"condition": "too long"}, "payload": stream_event((None, image))}
    deployed.s3.put_object(Bucket=BUCKET, Key="parked/1", Body=json.dumps(kept))
    listed = deployed.ops("dlq", "--queue", "changes").out
    assert f"change of {image['PK']['S']}/ORDER, which is in the bucket, sent" in listed
    left = deployed.ops("redrive", "--queue", "changes", "--all", "--yes")
    assert (left.status, "`redrive --queue undelivered-changes`" in left.out) == (3, True)
    assert deployed.ops("redrive", "--queue", "undelivered-changes", "--all", "--yes").status == 0
    discarded = deployed.ops("discard", "--queue", "changes", "--message", pointer, "--yes")
    assert (discarded.status, "and stays there" in discarded.out) == (0, True)


@pytest.mark.slow
def test_event_that_the_bus_never_accepts_can_be_discarded(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = RefusedEvent(0, "InvalidArgument: too much")
    monkeypatch.setattr(EventBus, "publish", lambda bus, events: PublishResult([refused]))
    (record,) = stream_event((None, placed_order_image()))["Records"]
    deployed.put(QUEUES["changes"], {"cause": refused.cause, "record": record})
    batch = {"requestContext": {"condition": refused.cause}, "payload": {"Records": [record]}}
    deployed.s3.put_object(Bucket=BUCKET, Key="parked/1", Body=json.dumps(batch))
    for queue in ("changes", "undelivered-changes"):
        ran = deployed.ops("redrive", "--queue", queue, "--all", "--yes")
        assert (ran.status, "never takes it: InvalidArgument" in ran.out) == (3, True)
        assert deployed.ops("discard", "--queue", queue, "--all", "--yes").status == 0


# -- anything ------------------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(queue=st.sampled_from([*QUEUES]), body=hostile.bodies.filter(bool))
def test_no_body_stops_the_tool(
    deployed: Deployed, calls: AwsCalls, slept: list[float], queue: str, body: str
) -> None:
    deployed.put(QUEUES[queue], body)
    listed = deployed.ops("dlq", "--queue", queue)
    assert listed.status == 0
    assert all(line.isprintable() for line in listed.out.splitlines())
    thrown = deployed.ops("discard", "--queue", queue, "--all", "--yes")
    assert thrown.status == 0, thrown.out
    assert f"{queue}: no dead letters (" in deployed.ops("dlq", "--queue", queue).out


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spoilt=st.dictionaries(
        st.sampled_from(["handledAt", "outcome", "claimedUntil", "fault", "eventVersion"]),
        st.one_of(hostile.texts, st.integers(), st.none(), st.just({})),
    )
)
def test_no_record_of_a_mail_stops_the_tool(
    deployed: Deployed, calls: AwsCalls, slept: list[float], spoilt: dict[str, Any]
) -> None:
    event_id = "ORDER#o/ORDER#2#OrderConfirmed"
    key = {"PK": "CONSUMER#notify_customer#ORDER#o/ORDER", "SK": event_id}
    deployed.world.table.put({**spoilt, **key}, condition="attribute_not_exists(PK)")
    confirmed = event_of_images(None, image(order(Status.CONFIRMED, version=2)))
    assert confirmed
    detail = msgspec.to_builtins(replace(confirmed, subject="o"))
    deployed.put(QUEUES["notifications"], {"detail": detail})
    assert deployed.ops("dlq", "--queue", "notifications").status == 0
    assert deployed.ops("discard", "--queue", "notifications", "--all", "--yes").status == 0
    deployed.world.table.delete(key)
