"""An image of every kind of item that events are derived from, and the event of a change."""

from typing import Any

import pytest

from ordering.domain.events import Event
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
    stock,
)

Image = dict[str, Any]

IMAGES: dict[str, Image] = {
    "order": image(order()),
    "payment": image(payment()),
    "shipment": image(shipment()),
    "reservation": image(reservation()),
    "refund": image(refund()),
    "product": image(product()),
    "stock": image(stock(available=10)),
}

kinds = pytest.mark.parametrize("now", IMAGES.values(), ids=IMAGES)


def happened(old: Image | None, new: Image | None) -> Event:
    """Returns the event of a change; fails the test if there is none."""
    event = event_of_images(old, new)
    assert event is not None
    return event


def next_version(present: Image, **changed: Any) -> Image:
    """Returns the image of the item after a change of these attributes."""
    return present | {"version": present["version"] + 1, "updatedAt": LATER} | changed
