"""The table's stream: the events of its records."""

from collections.abc import Mapping
from typing import Any

from ordering.domain.events.deriving import Image, MalformedChange, PublishedChange, derive, identify
from ordering.domain.events.envelope import Event
from ordering.domain.events.types import ItemKind
from ordering.domain.order import error_text
from ordering.dynamodb.codec import decode_item
from ordering.repositories import keys
from ordering.repositories.keys import event_keys


def event_of(record: Mapping[str, Any]) -> Event | None:
    """Return the event of a record; None if the change is not published.

    Raises MalformedChange, and nothing else, if any part of the record cannot be read: a record must never
    block those after it.
    """
    try:
        change = record["dynamodb"]
        old, new = (
            decode_item(change[name]) if name in change else None for name in ("OldImage", "NewImage")
        )
        return event_of_images(old, new)
    except MalformedChange:
        raise
    except Exception as error:
        raise MalformedChange(error_text(error)) from error


def event_of_images(old: Image | None, new: Image | None) -> Event | None:
    """Return the event of a change, as `event_of` does, from the item before and after it."""
    kind, item = _item_of(old, new)
    return derive(kind, item, old, new) if kind else None


def change_of_image(new: Image) -> PublishedChange | None:
    """Return what identifies the event that led to this item; None if the change was not published.

    The item before is not known. Raises MalformedChange.
    """
    kind, item = _item_of(None, new)
    return identify(kind, item, None, new) if kind else None


def _item_of(old: Image | None, new: Image | None) -> tuple[ItemKind | None, str]:
    image = new if new is not None else old
    if image is None:
        raise MalformedChange("a change has neither an old nor a new image")
    try:
        return event_keys.published_kind(image), keys.text(image)
    except KeyError as error:
        raise MalformedChange(f"{type(error).__name__}: {error}") from error
