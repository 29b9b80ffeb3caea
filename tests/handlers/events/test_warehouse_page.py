"""The poller of docs/warehouse.md picks each order once."""

import json
import re
import sqlite3
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.handlers.events.test_notify_warehouse import create_queue
from tests.support.environment import PICK_LISTS_QUEUE_URL
from tests.support.world import World
from tests.synth import PROJECT

PAGE = (PROJECT / "docs" / "warehouse.md").read_text()
POLLER, _ = re.findall(r"```python\n(.*?)```", PAGE, re.S)
(PICK_LIST,) = (json.loads(each) for each in re.findall(r"```json\n(.*?)```", PAGE, re.S))


@pytest.fixture
def poll(world: World) -> Callable[..., int]:
    """The function of the page, and the queue that it polls."""
    create_queue()
    defined: dict[str, Any] = {}
    # Without waiting: SQS in memory has what was sent at once.
    exec(POLLER.replace("WaitTimeSeconds=20", "WaitTimeSeconds=0"), defined)  # noqa: S102
    polls: Callable[..., int] = defined["poll"]
    return polls


def send(order_id: str) -> None:
    body = json.dumps(PICK_LIST | {"orderId": order_id})
    boto3.client("sqs").send_message(QueueUrl=PICK_LISTS_QUEUE_URL, MessageBody=body)


def waiting() -> tuple[int, int]:
    """How many messages can be received, and how many were received and not deleted."""
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    found = boto3.client("sqs").get_queue_attributes(
        QueueUrl=PICK_LISTS_QUEUE_URL, AttributeNames=list(names)
    )["Attributes"]
    return int(found[names[0]]), int(found[names[1]])


def test_poller_picks_a_repeated_order_once_and_empties_the_queue(poll: Callable[..., int]) -> None:
    for order_id in ("one", "two", "one"):
        send(order_id)
    picked: list[Any] = []
    assert poll(PICK_LISTS_QUEUE_URL, sqlite3.connect(":memory:"), picked.append) == 2
    assert sorted(each["orderId"] for each in picked) == ["one", "two"]
    assert waiting() == (0, 0)


def test_pick_list_that_fails_is_kept_and_stops_no_other(
    poll: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    boto3.client("sqs").send_message(QueueUrl=PICK_LISTS_QUEUE_URL, MessageBody="not JSON")
    for order_id in ("one", "two", "three"):
        send(order_id)
    kept = sqlite3.connect(":memory:")

    def pick(pick_list: Any) -> None:
        if pick_list["orderId"] == "one":
            raise RuntimeError("the printer is jammed")

    assert poll(PICK_LISTS_QUEUE_URL, kept, pick) == 2
    assert waiting() == (0, 2)
    assert sorted(kept.execute("SELECT id FROM orders")) == [("three",), ("two",)]
    assert "the printer is jammed" in caplog.text
