"""The table's stream: what a record of it tells."""

from collections.abc import Mapping
from typing import Any

from ordering.domain.events import Event, MalformedChange, derive
from ordering.domain.order import error_text
from ordering.dynamodb.codec import decode_item


def event_of(record: Mapping[str, Any]) -> Event | None:
    """The event of a record; None where nothing happened that concerns anybody.

    Raises MalformedChange, whatever it is that cannot be read: a record must never stop those behind it.
    """
    try:
        change = record["dynamodb"]
        old, new = (
            decode_item(change[name]) if name in change else None for name in ("OldImage", "NewImage")
        )
        return derive(old, new)
    except MalformedChange:
        raise
    except Exception as error:
        raise MalformedChange(error_text(error)) from error
