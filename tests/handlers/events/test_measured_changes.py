"""Business metrics of the outbox: what `publish_changes` writes for CloudWatch, and when."""

import json
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace

from ordering.aws import metrics
from ordering.domain.events.envelope import Event
from ordering.domain.events.payments import PaymentCaptured
from ordering.domain.measurements import Measurement, measurements
from ordering.domain.order import OrderId, Status
from ordering.domain.payment import PaymentStatus
from ordering.dynamodb.codec import encode_item
from tests.handlers.events.publishing import Change, publish, published, refuses
from tests.support.aws_calls import AwsCalls, fails
from tests.support.builders import LATER, image, order, payment
from tests.support.logs import Logs

Written = Callable[[], Counter[str]]
"""Returns the sum of each metric since the last call, by its name and the values of its dimensions."""


@pytest.fixture
def written(outbox: AwsCalls, capsys: pytest.CaptureFixture[str]) -> Written:
    def since() -> Counter[str]:
        sums: Counter[str] = Counter()
        for line in capsys.readouterr().out.splitlines():
            found = json.loads(line)
            for directive in found.get("_aws", {}).get("CloudWatchMetrics", ()):
                (dimensions,) = directive["Dimensions"]
                values = [found[name] for name in dimensions if name != "service"]
                for metric in directive["Metrics"]:
                    sums[" ".join([metric["Name"], *values])] += sum(found[metric["Name"]])
        return sums

    return since


def placed(number: int) -> Change:
    """One of many orders, placed."""
    return None, encode_item(image(replace(order(), order_id=OrderId(f"order-{number}"))))


FULFILLED: Change = (
    encode_item(image(order(Status.CONFIRMED, version=2))),
    encode_item(image(replace(order(Status.FULFILLED, version=3), updated_at=LATER))),
)
CAPTURED: Change = (
    encode_item(image(payment())),
    encode_item(image(payment(PaymentStatus.CAPTURED, version=2))),
)


def test_each_published_change_is_counted_once(written: Written) -> None:
    assert publish(placed(1), placed(2), FULFILLED, CAPTURED) == []
    assert written() == {
        "OrdersPlaced": 2,
        "OrdersEnded FULFILLED NONE": 1,
        "TimeToEnd": 7.25,
        "EndedInTime": 1,
        "MoneyCaptured EUR": 2500,
    }


def test_full_batch_is_counted_whole(written: Written) -> None:
    """A line of the log holds at most a hundred values of a metric."""
    assert publish(*(placed(number) for number in range(150))) == []
    assert written() == {"OrdersPlaced": 150}


def test_changes_that_the_stream_redelivers_are_counted_with_their_redelivery(
    outbox: AwsCalls, written: Written
) -> None:
    outbox.next("PutEvents", refuses(1))
    changes = [placed(number) for number in range(3)]
    assert publish(*changes) == ["2"]
    assert written() == {"OrdersPlaced": 1}
    assert publish(*changes[1:]) == []
    assert written() == {"OrdersPlaced": 2}


def test_batch_that_fails_as_a_whole_counts_nothing(outbox: AwsCalls, written: Written) -> None:
    outbox.next("PutEvents", fails("ThrottlingException"))
    with pytest.raises(ClientError):
        publish(placed(1))
    assert written() == {}


def test_batch_that_is_delivered_again_is_counted_again(written: Written) -> None:
    """What the figures may claim: each change at least once. Lambda rarely repeats a batch that succeeded."""
    publish(placed(1))
    publish(placed(1))
    assert written() == {"OrdersPlaced": 2}


def test_change_that_the_bus_never_takes_has_happened_and_is_counted(
    outbox: AwsCalls, written: Written
) -> None:
    outbox.next("PutEvents", refuses(0, code="MalformedDetail"))
    assert publish(placed(1)) == []
    assert written() == {"OrdersPlaced": 1}


def test_change_that_cannot_be_measured_is_published_and_hides_no_other(
    outbox: AwsCalls, written: Written, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(event: Event) -> Iterator[Measurement]:
        if isinstance(event, PaymentCaptured):
            raise LookupError
        return measurements(event)

    monkeypatch.setattr(metrics, "measurements", broken)
    assert publish(CAPTURED, placed(1)) == []
    assert len(published(outbox)) == 2
    assert written() == {"OrdersPlaced": 1}
    assert "not measured" in logs.messages()


def test_metrics_that_cannot_be_written_do_not_stop_the_stream(
    outbox: AwsCalls, monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    def broken(event: Event) -> None:
        raise RuntimeError

    monkeypatch.setattr(metrics, "EphemeralMetrics", broken)
    assert publish(placed(1)) == []
    assert "measurements not written" in logs.messages()
