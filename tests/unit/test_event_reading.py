"""Events as consumers read them, of this release and of the previous one."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec import UNSET
from msgspec.structs import replace

from ordering.domain.events.earlier_release import encode
from ordering.domain.events.envelope import Event
from ordering.domain.events.orders import OrderEvent, OrderFulfilled
from ordering.domain.events.reading import (
    MAX_BYTES,
    MalformedEvent,
    NewerSchemaVersion,
    OversizedEvent,
    UnknownEventType,
    UnreadableEvent,
    read_event,
)
from ordering.domain.notifications import NOTIFIED_EVENTS
from ordering.domain.order import Status
from ordering.repositories.keys import event_keys
from ordering.repositories.stream import event_of_images
from tests.support.builders import ORDER_ID, image, order, payment, product, refund, reservation, shipment
from tests.support.recorded import recorded

NEW_ITEMS = [image(each) for each in (order(), payment(), refund(), reservation(), shipment(), product())]


class EventOfPreviousRelease(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What `notify_customer` of the previous release decodes: copied from commit b64731a."""

    event_id: str
    type: str
    at: str
    version: int
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    changed: tuple[str, ...]
    order_id: str | None = None
    sku: str | None = None
    correlation_id: str | None = None
    traceparent: str | None = None

    @property
    def item(self) -> str:
        return self.event_id.rsplit("#", 2)[0]


def confirmed() -> Event:
    event = event_of_images(image(order()), image(order(Status.CONFIRMED, version=2)))
    assert event is not None
    return event


def delivered(event: Event) -> dict[str, Any]:
    """Returns an event as EventBridge delivers it."""
    detail = json.loads(encode(event))
    return recorded("eventbridge_order_fulfilled") | {"detail-type": event.type.value, "detail": detail}


@pytest.mark.parametrize("item", NEW_ITEMS, ids=lambda item: item["SK"])
def test_published_event_is_read_as_the_class_of_its_type(item: dict[str, Any]) -> None:
    event = event_of_images(None, item)
    assert event is not None
    assert read_event(json.dumps(delivered(event))) == event


def test_unknown_field_of_a_later_release_is_ignored() -> None:
    body = delivered(confirmed())
    body["detail"] |= {"giftWrap": True}
    body["detail"]["total"] |= {"taxIncluded": True}
    assert read_event(json.dumps(body)) == confirmed()


# -- two releases side by side ---------------------------------------------------------------------------


def test_event_of_the_previous_release_is_read_as_the_event_of_the_same_change() -> None:
    """Also from the archive: the class, the id and the consumers' record are those of this release."""
    event = read_event(json.dumps(recorded("eventbridge_order_fulfilled_b64731a")))
    assert isinstance(event, OrderFulfilled)
    assert event == read_event(json.dumps(recorded("eventbridge_order_fulfilled")))
    assert event.old_status is Status.CONFIRMED
    assert event_keys.change(event) == recorded("eventbridge_order_fulfilled_b64731a")["detail"]["eventId"]


def test_ids_of_an_order_are_read_from_an_event_of_the_previous_release() -> None:
    body = recorded("eventbridge_order_fulfilled_b64731a")
    body["detail"] |= {"correlationId": "id", "traceparent": f"00-{'4b' * 16}-{'0f' * 8}-01"}
    ids = read_event(json.dumps(body)).ids
    assert ids is not None
    assert ids.correlation_id == "id"


@pytest.mark.parametrize("status", [each for each in NOTIFIED_EVENTS.values() if isinstance(each, Status)])
def test_previous_release_finds_the_same_record_for_a_notified_event(status: Status) -> None:
    """Otherwise an event that one release has handled would be mailed again by the other."""
    event = event_of_images(image(order()), image(order(status, version=3)))
    assert event is not None
    read = msgspec.json.decode(encode(event), type=EventOfPreviousRelease)
    assert (read.item, read.event_id) == (event_keys.changed_item(event), event_keys.change(event))
    assert (read.type, read.at, read.version) == (event.type, event.time, event.sequence)
    assert read.order_id == event.subject


def test_no_other_event_has_the_fields_of_the_previous_release() -> None:
    """They contain a storage key: only the events whose consumer would mail twice without them have them."""
    events = [event for item in NEW_ITEMS if (event := event_of_images(None, item))]
    assert len(events) == len(NEW_ITEMS)
    for event in events:
        assert not {"eventId", "old", "new", "changed"} & json.loads(encode(event)).keys()


def test_event_without_the_fields_of_the_previous_release_is_readable() -> None:
    """The next release publishes such events."""
    event = confirmed()
    assert isinstance(event, OrderEvent)
    later = replace(event, event_id=UNSET)
    assert read_event(json.dumps(delivered(later))) == later


# -- events that cannot be read ----------------------------------------------------------------------------

Break = Callable[[dict[str, Any]], object]

BREAKS: dict[str, tuple[type[UnreadableEvent], Break]] = {
    "no type": (MalformedEvent, lambda detail: detail.pop("type")),
    "a type that is a number": (MalformedEvent, lambda detail: detail.update(type=1)),
    "an unknown type": (UnknownEventType, lambda detail: detail.update(type="OrderPraised")),
    "a type that is no longer published": (
        UnknownEventType,
        lambda detail: detail.update(type="StockChanged"),
    ),
    "a newer schema": (NewerSchemaVersion, lambda detail: detail.update(schemaVersion=2)),
    "a schema version that is text": (MalformedEvent, lambda detail: detail.update(schemaVersion="2")),
    "a schema version of 0": (MalformedEvent, lambda detail: detail.update(schemaVersion=0)),
    "no subject": (MalformedEvent, lambda detail: detail.pop("subject")),
    "a time that is no time": (MalformedEvent, lambda detail: detail.update(time="yesterday")),
    "no total": (MalformedEvent, lambda detail: detail.pop("total")),
    "the status of another type": (MalformedEvent, lambda detail: detail.update(newStatus="PENDING")),
    "an id with a storage key": (MalformedEvent, lambda detail: detail.update(id=f"ORDER#{ORDER_ID}")),
    "a subject that is null": (MalformedEvent, lambda detail: detail.update(subject=None)),
}


@pytest.mark.parametrize(("error", "breaking"), BREAKS.values(), ids=BREAKS)
def test_unreadable_event_raises_the_error_of_its_cause(
    error: type[UnreadableEvent], breaking: Break
) -> None:
    body = delivered(confirmed())
    breaking(body["detail"])
    with pytest.raises(error):
        read_event(json.dumps(body))


@pytest.mark.parametrize("name", ["at", "version", "old", "new"])
@pytest.mark.parametrize("value", ["missing", "x", ["x"]])
def test_malformed_event_of_the_previous_release_is_an_unreadable_event(name: str, value: Any) -> None:
    body = recorded("eventbridge_order_fulfilled_b64731a")
    body["detail"][name] = value
    if value == "missing":
        del body["detail"][name]
    with pytest.raises(UnreadableEvent):
        read_event(json.dumps(body))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "[]",
        '{"detail": []}',
        "[" * 2000,
        '{"detail":{"a":' * 2000,
        '{"detail": "\\ud800"}',
        "\ud800",
    ],
    ids=lambda body: ascii(body[:20]),
)
def test_body_that_is_no_event_of_eventbridge_is_malformed(body: str) -> None:
    with pytest.raises(MalformedEvent):
        read_event(body)


def test_oversized_event_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(OversizedEvent, match=f"at most {MAX_BYTES} are read"):
        read_event('{"detail": "' + "☺" * (MAX_BYTES // 3) + '"}')


def test_causes_have_different_codes() -> None:
    errors = UnreadableEvent.__subclasses__()
    assert len({error.code for error in errors}) == len(errors) == 4
