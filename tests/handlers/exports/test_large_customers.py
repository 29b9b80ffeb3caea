"""Exports of customers with many orders: in parts, in several invocations, and nothing held in memory."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ordering.aws.export_files import PART_BYTES
from ordering.consumers import export_writer
from ordering.domain.clock import as_text
from ordering.domain.order import OrderId
from ordering.repositories.keys import order_keys
from tests.handlers.exports.exporting import (
    EMAIL,
    deliver,
    deliver_jobs,
    exported,
    files,
    mails,
    receive,
    request,
    sweep,
)
from tests.support.aws_calls import AwsCalls
from tests.support.clock import MovableClock
from tests.support.world import World


def write_orders(world: World, number: int, *, padding: int = 0) -> list[str]:
    """Write orders of alice directly into the table. Returns their ids, the newest first."""
    order = world.table.get(order_keys.order(world.stocked().place_order()))
    assert order
    begin = datetime.now(UTC) - timedelta(days=400)
    items: list[dict[str, Any]] = []
    for each in range(number):
        id = f"00000000-0000-8000-8000-{each:012d}"
        at = as_text(begin + timedelta(minutes=10 * each))
        listed = order_keys.my_orders(order["customerId"], at, OrderId(id))
        changed = {"orderId": id, "createdAt": at, "padding": "x" * padding}
        items.append({**order, **order_keys.order(id), **listed, **changed})
    world.table.put_many(items)
    return [str(order["orderId"]), *(str(item["orderId"]) for item in reversed(items))]


def order_ids() -> list[str]:
    return [each["order"]["orderId"] for each in exported()["orders"]]


@pytest.mark.slow
def test_file_of_more_than_one_part_has_every_order_once(
    world: World, clock: MovableClock, calls: AwsCalls
) -> None:
    """Each item is as long as DynamoDB allows, so that few orders make three parts."""
    wanted = write_orders(world.with_profile(EMAIL), 40, padding=350_000)
    clock.move(1)
    request(world)
    clock.move(61)
    sweep()
    assert deliver_jobs() == 1
    assert order_ids() == wanted
    parts = calls.made("UploadPart")
    assert [each["PartNumber"] for each in parts] == [1, 2, 3]
    sizes = [each["Body"].getbuffer().nbytes for each in parts]
    assert all(PART_BYTES <= size < PART_BYTES + 400_000 for size in sizes[:-1])


@pytest.mark.slow
@pytest.mark.parametrize("milliseconds", [22_000, 23_000, 24_000, 27_000, 31_000, 45_000])
def test_export_is_continued_by_the_next_message_wherever_time_runs_out(
    world: World, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, milliseconds: int
) -> None:
    """Each order takes a second here: an invocation has time for one order or a few."""
    monkeypatch.setattr(export_writer, "PAGE", 4)
    wanted = write_orders(world.with_profile(EMAIL), 14)
    clock.move(1)
    request(world)
    clock.move(61)
    sweep()
    delivered = 0
    while messages := receive():
        for message in messages:
            # The mail needs more time than an order.
            assert deliver(message, milliseconds if delivered < 40 else 60_000)
            delivered += 1
            assert delivered < 60
    assert order_ids() == wanted
    assert len(mails()) == 1
    assert delivered > 1


@pytest.mark.slow
def test_export_makes_a_known_number_of_calls_for_each_order(
    world: World, clock: MovableClock, calls: AwsCalls
) -> None:
    """One query for each order, one for a hundred of them, and a record of each part."""
    write_orders(world.with_profile(EMAIL), 249)
    clock.move(1)
    request(world)
    clock.move(61)
    sweep()
    before = Counter({name: len(calls.made(name)) for name in _OPERATIONS})
    assert deliver_jobs() == 1
    made = Counter({name: len(calls.made(name)) for name in _OPERATIONS}) - before
    partitions = ["customer", "webhooks", "connections"]
    assert made["Query"] == 250 + 3 + len(partitions)
    # The claim, the upload, its only part, the file, and the end.
    assert made["UpdateItem"] == 5
    assert (made["UploadPart"], made["PutObject"], made["SendEmail"]) == (1, 0, 1)
    assert len(files()) == 1


_OPERATIONS = ("Query", "UpdateItem", "UploadPart", "PutObject", "SendEmail")
