"""Events of two releases in one form: as the consumers of this release read them.

The previous release may publish an event in another form. Two forms are equal if they are read as equal.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ordering.domain.events.reading import UnknownEventType, UnreadableEvent, event_of_detail


def as_read(detail: dict[str, Any]) -> dict[str, Any] | None:
    """Returns an event as this release reads it; None if this release has no such type.

    An event that cannot be read is returned as it is. Called while no release is running: the types are those
    of this project's own modules.
    """
    try:
        read: dict[str, Any] = msgspec.to_builtins(event_of_detail(detail))
    except UnknownEventType:
        return None
    except UnreadableEvent:
        return detail
    return read
