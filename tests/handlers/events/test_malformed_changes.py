"""A malformed record is parked, and blocks no other. Guarantee 5."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from tests.handlers.events.publishing import (
    Attributes,
    changed,
    details,
    parked,
    publish,
    published,
    without,
)
from tests.support.aws_calls import AwsCalls, fails
from tests.support.environment import PARKED_QUEUE_URL
from tests.support.logs import Logs
from tests.support.recorded import placed_order_image

Break = Callable[[Attributes], Attributes]

MALFORMED: dict[str, Break] = {
    "no version": lambda attributes: without(attributes, "version"),
    "no status": lambda attributes: without(attributes, "status"),
    "no time": lambda attributes: without(attributes, "updatedAt"),
    "a status that is a number": lambda attributes: attributes | {"status": {"N": "5"}},
    "a status that is nothing": lambda attributes: attributes | {"status": {"NULL": True}},
    "a time that is no time": lambda attributes: attributes | {"updatedAt": {"S": "yesterday"}},
    "a version that is half": lambda attributes: attributes | {"version": {"N": "1.5"}},
    "a version that is text": lambda attributes: attributes | {"version": {"S": "new"}},
    "a total of bytes": lambda attributes: attributes | {"total": {"B": "AA=="}},
    "a total that is no integer": lambda attributes: attributes | {"total": {"N": "0.35"}},
    "lines that are a set": lambda attributes: attributes | {"lines": {"SS": ["x"]}},
}

malformed = pytest.mark.parametrize("breaking", MALFORMED.values(), ids=MALFORMED)


@pytest.mark.parametrize(
    "extra", [{"B": "AA=="}, {"SS": ["x"]}, {"N": "0.35"}, {"L": [{"BS": ["AA=="]}]}], ids=str
)
def test_unknown_attribute_is_ignored(outbox: AwsCalls, extra: Attributes) -> None:
    """The stream encodes bytes as Base64, unlike the API."""
    assert publish((None, placed_order_image() | {"extra": extra})) == []
    assert [entry["DetailType"] for entry in published(outbox)] == ["OrderPlaced"]
    assert parked(outbox) == []


@malformed
def test_malformed_record_is_parked_and_its_batch_continues(outbox: AwsCalls, breaking: Break) -> None:
    assert publish(changed(1), (None, breaking(placed_order_image())), changed(2)) == []
    assert [detail["sku"] for detail in details(outbox)] == ["S1", "S2"]


@malformed
def test_malformed_record_is_parked_alone_with_its_cause(outbox: AwsCalls, breaking: Break) -> None:
    publish(changed(1), (None, breaking(placed_order_image())), changed(2))
    (message,) = parked(outbox)
    assert (message["record"]["dynamodb"]["SequenceNumber"], bool(message["cause"])) == ("2", True)


def test_malformed_record_is_parked_on_its_own_queue(outbox: AwsCalls) -> None:
    publish((None, without(placed_order_image(), "version")))
    assert [call["QueueUrl"] for call in outbox.made("SendMessage")] == [PARKED_QUEUE_URL]


def test_record_with_a_malformed_old_image_is_parked(outbox: AwsCalls) -> None:
    image = placed_order_image()
    assert publish((without(image, "version"), image)) == []
    assert (published(outbox), len(parked(outbox))) == ([], 1)


def test_each_malformed_record_is_parked_in_a_message_of_its_own(outbox: AwsCalls) -> None:
    broken = without(placed_order_image(), "version")
    publish((None, broken), (None, broken))
    assert len(parked(outbox)) == 2


def test_a_record_that_cannot_be_parked_fails_the_batch(outbox: AwsCalls) -> None:
    outbox.next("SendMessage", fails("ServiceUnavailable"))
    with pytest.raises(ClientError):
        publish((None, without(placed_order_image(), "version")))


def test_log_of_a_malformed_record_holds_only_its_keys(outbox: AwsCalls, logs: Logs) -> None:
    publish((None, without(placed_order_image(), "version")))
    assert ("67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc" in logs.text, "tok_ok" in logs.text) == (True, False)
