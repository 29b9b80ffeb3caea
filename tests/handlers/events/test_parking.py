"""A change that cannot be published is parked, and the stream continues. Guarantee 5."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.handlers.events.publishing import Attributes, Change, changed, parked, publish, refuses
from tests.support import hostile
from tests.support.aws_calls import AwsCalls, Send, client_error, fails
from tests.support.client_calls import Parameters
from tests.support.environment import REGION, UNDELIVERED_BUCKET
from tests.support.logs import Logs
from tests.support.recorded import placed_order_image

# Not in SQS's list of characters (SendMessage, Amazon SQS API Reference).
_REFUSED_CHARACTERS = [*range(0x9), 0xB, 0xC, *range(0xE, 0x20), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF]


def queue(parameters: Parameters, send: Send) -> Any:
    """SQS, as strict as it is on AWS; moto is not."""
    body = parameters["MessageBody"]
    assert body
    if len(body.encode(errors="surrogatepass")) > 1_048_576:
        raise client_error("InvalidParameterValue", "SendMessage")
    if any(chr(refused) in body for refused in _REFUSED_CHARACTERS):
        raise client_error("InvalidMessageContents", "SendMessage")
    return send()


def bus(parameters: Parameters, send: Send) -> Any:
    """EventBridge, as strict as it is on AWS (PutEvents, Amazon EventBridge API Reference), or stricter."""
    sizes = [len(entry["Detail"].encode()) for entry in parameters["Entries"]]
    if sum(sizes) >= 256 * 1024:
        raise client_error("ValidationException", "PutEvents")
    entries: list[dict[str, str]] = []
    for entry in parameters["Entries"]:
        bad = entry["Time"].year < 1970 or _has_a_number_too_large(json.loads(entry["Detail"]))
        entries.append({"ErrorCode": "InvalidArgument", "ErrorMessage": "?"} if bad else {"EventId": "1"})
    return {"FailedEntryCount": sum("ErrorCode" in entry for entry in entries), "Entries": entries}


def _has_a_number_too_large(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_a_number_too_large, value.values() if isinstance(value, dict) else value))
    return isinstance(value, int) and not -(2**63) <= value < 2**63


@pytest.fixture
def outbox(outbox: AwsCalls) -> AwsCalls:
    """A bus, a queue and a bucket, all of them strict."""
    boto3.client("s3").create_bucket(
        Bucket=UNDELIVERED_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    outbox.always("SendMessage", queue)
    outbox.always("PutEvents", bus)
    return outbox


def taken(outbox: AwsCalls, since: int = 0) -> list[str]:
    """Returns the SKUs of the events that were sent to the bus last, each once."""
    entries = [entry for call in outbox.made("PutEvents")[since:] for entry in call["Entries"]]
    return list(dict.fromkeys(sku for entry in entries if (sku := json.loads(entry["Detail"]).get("sku"))))


def kept() -> list[dict[str, Any]]:
    """Returns the objects in the bucket."""
    objects = boto3.client("s3")
    keys = [each["Key"] for each in objects.list_objects_v2(Bucket=UNDELIVERED_BUCKET).get("Contents", [])]
    return [json.loads(objects.get_object(Bucket=UNDELIVERED_BUCKET, Key=key)["Body"].read()) for key in keys]


def broken(**attributes: Any) -> Change:
    """Returns a change to an order without a version."""
    return None, {k: v for k, v in placed_order_image().items() if k != "version"} | attributes


# -- whatever it is ----------------------------------------------------------------------------------------

LARGE = {"S": "x" * 1_100_000}
ODD: dict[str, Change] = {
    "a noncharacter": broken(note={"S": "\uffff"}),
    "a lone surrogate": broken(note={"S": "\ud800"}),
    "a NUL": broken(note={"S": "\x00"}),
    "more than a message holds": broken(note=LARGE),
    "more than a message holds, once escaped": broken(note={"S": "☺" * 300_000}),
    "nested without end": broken(note=hostile.nested(3000)),
    "before the first day": (None, placed_order_image() | {"updatedAt": {"S": "0001-01-01T00:00:00+14:00"}}),
    "after the last day": (None, placed_order_image() | {"updatedAt": {"S": "9999-12-31T23:59:59-14:00"}}),
    "the first day": (None, placed_order_image() | {"updatedAt": {"S": "0001-01-01T00:00:00Z"}}),
    "a version without end": (None, placed_order_image() | {"version": {"N": "9" * 38}}),
    "more than an event holds": (None, placed_order_image() | {"customerId": {"S": "x" * 300_000}}),
    "a surrogate in a published field": (None, placed_order_image() | {"customerId": {"S": "\ud800"}}),
    "no image": (None, None),
    "an image that is none": (None, {"PK": 5, "SK": None}),
}


@pytest.mark.slow
@pytest.mark.parametrize("change", ODD.values(), ids=ODD)
def test_stream_continues_after_any_change(outbox: AwsCalls, change: Change) -> None:
    assert publish(changed(1), change, changed(2)) == []
    assert taken(outbox) == ["S1", "S2"]
    (parked_change,) = parked(outbox)
    assert parked_change["cause"]


@pytest.mark.parametrize("name", ["more than a message holds", "more than a message holds, once escaped"])
def test_change_that_fits_no_message_is_stored_in_the_bucket_as_lambda_writes_it(
    outbox: AwsCalls, name: str
) -> None:
    publish(ODD[name])
    (stored,) = kept()
    (record,) = stored["payload"]["Records"]
    assert record["dynamodb"]["NewImage"] == ODD[name][1]
    assert "version" in stored["requestContext"]["condition"]


def test_queue_message_refers_to_the_change_in_the_bucket(outbox: AwsCalls) -> None:
    """Only the queue has an alarm, so each object in the bucket needs a message."""
    publish(ODD["more than a message holds"])
    (parked_change,) = parked(outbox)
    (put,) = outbox.made("PutObject")
    assert (parked_change["object"], put["Bucket"]) == (put["Key"], UNDELIVERED_BUCKET)
    assert put["Key"].startswith("parked/"), "it may write nowhere else"
    assert parked_change["keys"]["PK"] == placed_order_image()["PK"]
    assert "record" not in parked_change


def test_change_is_parked_even_if_the_queue_accepts_less_than_sqs(outbox: AwsCalls) -> None:
    def small(parameters: Parameters, send: Send) -> Any:
        if len(parameters["MessageBody"]) > 10_000:
            raise client_error("InvalidParameterValue", "SendMessage")
        return send()

    outbox.always("SendMessage", small)
    assert publish(broken(note={"S": "x" * 20_000}), changed(1)) == []
    assert len(kept()) == 1


def test_change_parked_twice_is_in_the_bucket_once(outbox: AwsCalls) -> None:
    outbox.next("SendMessage", fails("ServiceUnavailable"))
    with pytest.raises(ClientError):
        publish(ODD["more than a message holds"])
    assert publish(ODD["more than a message holds"]) == []
    assert len(kept()) == 1


def test_batch_is_retried_while_the_bucket_is_down(outbox: AwsCalls) -> None:
    """Nothing is lost: the stream delivers the change again."""
    outbox.next("PutObject", fails("SlowDown"))
    with pytest.raises(ClientError):
        publish(ODD["more than a message holds"])


@pytest.mark.slow
def test_log_of_a_parked_change_is_short_and_holds_no_token(outbox: AwsCalls, logs: Logs) -> None:
    for change in ODD.values():
        publish(change)
    assert "tok_ok" not in logs.text
    assert max(map(len, logs.text.splitlines())) < 10_000


# -- what the bus never takes ------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["InvalidArgument", "MalformedDetail"])
def test_event_that_the_bus_never_accepts_is_parked_and_later_events_go_on(
    outbox: AwsCalls, code: str
) -> None:
    outbox.next("PutEvents", refuses(1, 3, code=code))
    assert publish(*map(changed, range(12))) == []
    assert [each["record"]["dynamodb"]["SequenceNumber"] for each in parked(outbox)] == ["2", "4"]
    assert [each["cause"] for each in parked(outbox)] == [
        f"the event bus never takes it: {code}: made by hand"
    ] * 2
    assert len(outbox.made("PutEvents")) == 2


@pytest.mark.parametrize(
    "code",
    ["ThrottlingException", "InternalFailure", "AccessDeniedException", "NotAuthorizedForSourceException"],
)
def test_event_refused_temporarily_is_not_parked(outbox: AwsCalls, code: str) -> None:
    outbox.next("PutEvents", refuses(1, code=code))
    assert publish(*map(changed, range(3))) == ["2"]
    assert parked(outbox) == []


def test_event_refused_for_good_is_parked_before_one_refused_temporarily(outbox: AwsCalls) -> None:
    def replacement(parameters: Parameters, send: Send) -> Any:
        codes = ["InvalidArgument", None, "ThrottlingException", "MalformedDetail"]
        entries = [{"ErrorCode": code} if code else {"EventId": "1"} for code in codes]
        return {"FailedEntryCount": 3, "Entries": entries}

    outbox.next("PutEvents", replacement)
    assert publish(*map(changed, range(4))) == ["3"]
    assert [each["record"]["dynamodb"]["SequenceNumber"] for each in parked(outbox)] == ["1"]


@pytest.mark.parametrize("code", ["ValidationException", "413", "SerializationException"])
def test_call_spoilt_by_one_event_is_repeated_for_each_event(outbox: AwsCalls, code: str) -> None:
    def spoilt(parameters: Parameters, send: Send) -> Any:
        if any('"S3"' in entry["Detail"] for entry in parameters["Entries"]):
            raise client_error(code, "PutEvents")
        return bus(parameters, send)

    outbox.always("PutEvents", spoilt)
    assert publish(*map(changed, range(6))) == []
    (parked_change,) = parked(outbox)
    assert parked_change["record"]["dynamodb"]["SequenceNumber"] == "4"
    alone = [call["Entries"] for call in outbox.made("PutEvents") if len(call["Entries"]) == 1]
    assert len(alone) == 6


def test_temporary_refusal_of_one_event_stops_the_later_ones(outbox: AwsCalls) -> None:
    outbox.next("PutEvents", fails("ValidationException"))
    outbox.next("PutEvents", bus, times=2)
    outbox.next("PutEvents", refuses(0, code="ThrottlingException"))
    assert publish(*map(changed, range(6))) == ["3"]
    assert len(outbox.made("PutEvents")) == 4


def test_batch_is_retried_and_nothing_is_parked_while_the_bus_is_down(outbox: AwsCalls) -> None:
    for code in ("AccessDeniedException", "InternalFailure", "ResourceNotFoundException"):
        outbox.next("PutEvents", fails(code))
        with pytest.raises(ClientError):
            publish(changed(1))
    assert parked(outbox) == []


# -- anything ----------------------------------------------------------------------------------------------

NAMES = ["PK", "SK", "version", "status", "updatedAt", "customerId", "lines", "orderId", "history", "extra"]
Change_ = st.tuples(
    st.dictionaries(st.sampled_from(NAMES), hostile.attributes, max_size=3),
    st.sampled_from([placed_order_image, dict]),
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(change=Change_)
def test_arbitrary_change_never_stops_the_stream(
    outbox: AwsCalls, change: tuple[Attributes, Callable[[], Attributes]]
) -> None:
    spoilt, whole = change
    since = len(outbox.made("PutEvents"))
    assert publish(changed(1), (None, whole() | spoilt), changed(2)) == []
    assert [sku for sku in taken(outbox, since) if sku in ("S1", "S2")] == ["S1", "S2"]
