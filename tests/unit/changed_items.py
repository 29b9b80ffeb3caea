"""An image of every kind of item that events are derived from, and the event of a change."""

from typing import Any

import pytest

from ordering.domain.events.envelope import Event
from ordering.repositories.stream import event_of_images
from tests.support.builders import (
    LATER,
    image,
    order,
    payment,
    product,
    refund,
    reservation,
    shipment,
)

Image = dict[str, Any]

IMAGES: dict[str, Image] = {
    "order": image(order()),
    "payment": image(payment()),
    "shipment": image(shipment()),
    "reservation": image(reservation()),
    "refund": image(refund()),
    "product": image(product()),
}

kinds = pytest.mark.parametrize("now", IMAGES.values(), ids=IMAGES)


def happened(old: Image | None, new: Image | None) -> Event:
    """Returns the event of a change; fails the test if there is none."""
    event = event_of_images(old, new)
    assert event is not None
    return event


def type_of(old: Image | None, new: Image | None) -> str | None:
    """Returns the type of the event of a change; None if there is no event."""
    event = event_of_images(old, new)
    return event.type if event else None


def next_version(present: Image, **changed: Any) -> Image:
    """Returns the image of the item after a change of these attributes."""
    return present | {"version": present["version"] + 1, "updatedAt": LATER} | changed


def next_change(present: Image) -> Image:
    """Returns the item after a change that is published."""
    statuses = {
        "ORDER": "CONFIRMED",
        "RESERVATION": "RELEASED",
        "SHIPMENT": "DISPATCHED",
        "REFUND": "REFUNDED",
    }
    status = statuses.get(present["SK"], "CAPTURED")
    return next_version(present, **({"status": status} if "status" in present else {}))
