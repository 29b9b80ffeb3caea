"""Writes what notify_customer records about the event of a change."""

from ordering.domain.clock import now
from ordering.domain.events.envelope import Event
from ordering.domain.order import OrderId
from ordering.repositories.keys import order_keys
from ordering.repositories.processed_events import Claim, ProcessedEvents
from ordering.repositories.stream import event_of_images
from tests.support.world import World


def last_event(world: World, order_id: OrderId, sort_key: str = order_keys.ORDER) -> Event:
    """Returns the event of the last change of an item of the order, as if the item were new."""
    (item,) = (
        each
        for each in world.items()
        if (each["PK"], each["SK"]) == (order_keys.order_partition(order_id), sort_key)
    )
    event = event_of_images(None, item)
    assert event
    return event


def claimed(world: World, event: Event) -> tuple[ProcessedEvents, Claim]:
    """Claim an event, as before its mail is sent; returns the records and the claim."""
    records = ProcessedEvents(world.table, "notify_customer")
    claim = records.claim(event)
    assert isinstance(claim, Claim)
    return records, claim


def mailed(world: World, event: Event, outcome: str = "SENT") -> str:
    """Record the outcome of the mail about an event; returns when."""
    records, claim = claimed(world, event)
    at = now()
    records.complete(claim, outcome, at=at)
    return at
