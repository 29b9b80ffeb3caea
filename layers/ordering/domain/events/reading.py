"""Reads events on the consumers' side, each as the class of its type.

An event that cannot be read raises an error with its cause. It concerns no other event: a consumer reports
only its message as failed, and the message ends in the consumer's dead-letter queue.
"""

from typing import Any, ClassVar

import msgspec

from ordering.domain.events.earlier_release import event_of_earlier
from ordering.domain.events.envelope import Event
from ordering.domain.events.shapes import SHAPES
from ordering.domain.events.types import EventType

# The size of an event on the bus ("Calculating Amazon EventBridge PutEvents event entry size"). The largest
# order has a shorter event, so a longer text is not from our publisher, and is not parsed.
MAX_BYTES = 256 * 1024

_LONGEST_QUOTE = 100


class UnreadableEvent(ValueError):
    """An event that this release cannot read. The message is the cause; it contains none of the event's data.

    `code` names the cause in the log.
    """

    code: ClassVar[str]


class MalformedEvent(UnreadableEvent):
    """It is not JSON, or it does not match the schema of its type."""

    code = "MALFORMED"


class OversizedEvent(UnreadableEvent):
    """It is longer than any event of ours."""

    code = "OVERSIZED"


class UnknownEventType(UnreadableEvent):
    """This release has no such type, or no longer has it."""

    code = "UNKNOWN_TYPE"


class NewerSchemaVersion(UnreadableEvent):
    """A later release has published it, with a schema that this release does not know."""

    code = "NEWER_SCHEMA_VERSION"


class _Delivery(msgspec.Struct):
    """An event as EventBridge delivers it."""

    detail: dict[str, Any]


class _Head(msgspec.Struct, rename="camel"):
    """What decides how the rest is read. The previous release has `eventId` and no `schemaVersion`."""

    type: str
    event_id: str | None = None
    schema_version: int | None = None


def read_event(body: str | bytes) -> Event:
    """Return the event in the body of a message, as EventBridge delivers it. Raises UnreadableEvent."""
    length = len(body if isinstance(body, bytes) else body.encode(errors="surrogatepass"))
    if length > MAX_BYTES:
        raise OversizedEvent(f"the event has {length} bytes; at most {MAX_BYTES} are read")
    try:
        detail = msgspec.json.decode(body, type=_Delivery).detail
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        # Too deeply nested JSON is a RecursionError.
        raise MalformedEvent(f"not an event of EventBridge: {error}") from error
    return event_of_detail(detail)


def event_of_detail(detail: dict[str, Any]) -> Event:
    """Return the event in the `detail` of an event of EventBridge. Raises UnreadableEvent."""
    try:
        head = msgspec.convert(detail, _Head)
    except msgspec.ValidationError as error:
        raise MalformedEvent(str(error)) from error
    try:
        type = EventType(head.type)
    except ValueError as error:
        raise UnknownEventType(f"there is no event type `{head.type[:_LONGEST_QUOTE]}`") from error
    shape = SHAPES[type]
    if head.schema_version is not None and head.schema_version > shape.SCHEMA_VERSION:
        known = shape.SCHEMA_VERSION
        raise NewerSchemaVersion(
            f"{type} has schema version {head.schema_version}; this release reads up to {known}"
        )
    try:
        if head.schema_version is None and head.event_id is not None:
            return event_of_earlier(type, detail)
        return msgspec.convert(detail, shape)
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedEvent(f"{type}: {error.__class__.__name__}: {error}") from error
