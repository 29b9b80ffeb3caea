"""The number of events of an order. Each is billed, and each delivery too."""

import pytest

from tests.simulation.faults.journeys import JOURNEYS, Journey
from tests.support.backend import Backend
from tests.support.table_stream import Change

# journey → the events that the previous release published for it, and those that this release publishes.
COUNTS: dict[str, tuple[int, int]] = {
    "fulfilled": (13, 8),
    "fulfilled, several lines": (15, 8),
    "fulfilled, booked before it is paid": (13, 8),
    # With StockLow, since the order crosses the threshold.
    "fulfilled, which makes the stock low": (13, 9),
    "out of stock": (3, 2),
    # The previous release would publish the change of each shard.
    "fulfilled from several shards": (17, 8),
    "out of stock in all shards": (3, 2),
    "cancelled with stock held in several shards": (11, 5),
    "declined": (9, 5),
    "payment answer lost": (13, 8),
    "capture refused": (19, 8),
    "shipment refused": (15, 8),
    "cancelled before it is driven": (3, 3),
    "cancelled with stock held": (7, 5),
    "cancelled with the payment authorised": (10, 6),
    "cancelled after confirmation": (11, 7),
    "cancelled with the money taken": (12, 9),
    "cancelled after the pivot": (13, 8),
    "product removed meanwhile": (14, 9),
    "price changed meanwhile": (14, 9),
    "price changed since it was shown": (14, 9),
    "written off before it is reserved": (4, 2),
    "written off beside what is held": (14, 8),
    "message lost": (13, 8),
    "provider away when it is driven": (13, 8),
    "message received too often": (13, 8),
    "void forgotten": (11, 6),
    # The previous release has no refunds.
    "refunded after it was fulfilled": (14, 11),
    "notified of an order fulfilled": (13, 8),
    "notified of an order rejected": (3, 2),
    "notified of a refund": (15, 8),
    "at an address that is refused": (13, 8),
    "forgotten after the order has ended": (13, 8),
    "forgotten while the order is open": (13, 8),
    # The previous release has no exports, and no export is an event.
    "data exported": (13, 8),
    "forgotten during an export": (13, 8),
    "webhooks of an order fulfilled": (13, 8),
    "webhooks of an order rejected": (3, 2),
    "webhooks to a receiver that fails twice": (3, 2),
    # With WebhookDisabled.
    "webhooks to a receiver that is gone": (3, 3),
    "totals of an order fulfilled and refunded": (16, 11),
    "totals of an order cancelled": (3, 3),
    "packed by a warehouse": (16, 11),
    "packed by no warehouse, as it was cancelled": (3, 3),
    "watched until it is fulfilled and refunded": (14, 11),
    "watched by a client that has left": (13, 8),
}

# The items of which the previous release has published every change.
_PUBLISHED_BEFORE = ("ORDER", "RESERVATION", "SHIPMENT", "PAYMENT#", "PRODUCT", "STOCK")


def published_before(change: Change) -> bool:
    """Whether the previous release has published an event for a change."""
    image = change.new or change.old or {}
    sort: str = image["SK"]["S"]
    if not image["PK"]["S"].startswith(("ORDER#", "PRODUCT#")) or not sort.startswith(_PUBLISHED_BEFORE):
        return False
    if change.new is None:
        return sort == "PRODUCT"
    return change.old is None or bool(change.old["version"] != change.new["version"])


@pytest.mark.slow
@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.name)
def test_journey_publishes_this_many_events(shop: Backend, journey: Journey) -> None:
    journey.begin(shop)
    journey.go(shop)
    before = sum(map(published_before, shop.stream.changes))
    now = len({event["id"] for event in shop.bus.published})
    assert (before, now) == COUNTS[journey.name]


def test_every_journey_has_its_count() -> None:
    assert set(COUNTS) == {journey.name for journey in JOURNEYS}
