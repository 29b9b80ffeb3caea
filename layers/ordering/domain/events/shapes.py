"""The class of each event type, found in the modules that define them."""

from collections.abc import Iterator, Mapping

# Imported so that their classes exist.
from ordering.domain.events import (  # noqa: F401
    orders,
    payments,
    products,
    refunds,
    shipments,
    stock,
    webhooks,
)
from ordering.domain.events.envelope import Event, type_of
from ordering.domain.events.types import EventType


def _leaves(shape: type[Event]) -> Iterator[type[Event]]:
    subclasses = shape.__subclasses__()
    for each in subclasses:
        yield from _leaves(each)
    if not subclasses:
        yield shape


_FOUND = {type_of(shape): shape for shape in _leaves(Event)}

SHAPES: Mapping[EventType, type[Event]] = {type: _FOUND[type] for type in EventType}
"""The class of each type, in the order of the enumeration."""
