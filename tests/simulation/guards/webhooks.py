"""Trials of a partner with a webhook endpoint: another event happens while a webhook is sent to it.

The events belong to orders that are not in the table. Each is delivered to `fan_out_webhooks` as the event
bus delivers it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from zlib import crc32

from msgspec.structs import replace

from ordering.domain.clock import ago, now
from ordering.domain.events.earlier_release import encode
from ordering.domain.events.envelope import Event
from ordering.domain.order import OrderId, Status
from ordering.domain.webhooks.endpoint import EVENT_TYPES, MAX_ENDPOINTS, new_endpoint
from ordering.dynamodb.transaction import ABSENT
from ordering.repositories.items import item_of
from ordering.repositories.keys import endpoint_keys, order_keys
from ordering.repositories.stream import event_of_images
from ordering.repositories.webhook_deliveries import SLOTS
from ordering.repositories.webhooks import Webhooks
from tests.simulation.guards.deliveries import PathSearch
from tests.simulation.guards.trial import Trial
from tests.support import webhook_invariants
from tests.support.backend import Backend
from tests.support.builders import CUSTOMER_ID, ORDER_ID, image, order
from tests.support.consumer_tests import message
from tests.support.environment import WEBHOOK_KEY_ID
from tests.support.faults import ResponseLost, Unavailable, fail
from tests.support.injection_points import Call, after_call, before_call
from tests.support.recorded import http_event
from tests.support.world import World

Disturb = Callable[[Backend], list[str] | None]
DisturbAt = Callable[[Call, Backend], None]

URL = "https://partner.example.com/webhooks"

# Two orders whose webhooks do not share a slot.
_SLOT = crc32(f"{ORDER_ID}#ORDER01".encode()) % SLOTS
OTHER_ORDER = next(
    OrderId(f"{number:08x}-0000-4000-8000-000000000000")
    for number in range(100)
    if crc32(f"{number:08x}-0000-4000-8000-000000000000#ORDER01".encode()) % SLOTS != _SLOT
)


def _once(name: str, disturb: Disturb, *, dead: bool = True) -> PathSearch:
    return lambda shop: iter([Trial(name, partial(_perform, disturb, dead))])


def _at_each_call(name: str, disturb: DisturbAt, function: str = "deliver_webhook") -> PathSearch:
    """A trial for each call that a function makes first when the receiver returns 503 once."""

    def search(shop: Backend) -> Iterator[Trial[Backend]]:
        _begin(shop)
        shop.receiver.responds = _fails_once
        _publish(shop, CONFIRMED)
        shop.deliver_everything()
        shop.clock.move(2)
        shop.deliver_everything()
        for call in [each for each in shop.calls.made if each.step.execution == f"{function}-1"]:
            here = f"{name} call {call.number}, {call.target}"
            yield Trial(here, partial(_perform, partial(disturb, call), True))

    return search


def _begin(shop: Backend) -> None:
    """A partner has one endpoint and two orders."""
    shop.begin("a partner", _set_up)


def _set_up(world: World) -> None:
    endpoint = new_endpoint(CUSTOMER_ID, URL, EVENT_TYPES, key_id=WEBHOOK_KEY_ID, at=now())
    Webhooks(world.table).create(endpoint)
    for order_id in (ORDER_ID, OTHER_ORDER):
        # Not in the index of due items, so the sweep has no work.
        stored = replace(order(Status.FULFILLED, version=3), order_id=order_id)
        world.table.put(item_of(stored, order_keys.order(order_id)), condition=ABSENT)


def _perform(disturb: Disturb, dead: bool, shop: Backend) -> list[str]:
    _begin(shop)
    broken = disturb(shop) or []
    try:
        shop.run_to_the_end()
    except AssertionError:
        return ["5: a delivery never ends"]
    letters = [f"4: {letter.id} is a dead letter" for letter in shop.dead_letters if dead]
    changes, received, injected = shop.stream.changes, shop.receiver.received, shop.calls.injected
    items = shop.world.items()
    found = webhook_invariants.violations(changes, shop.bus.published, received, injected, items)
    return [*broken, *found, *letters]


def _event(status: Status, version: int, order_id: OrderId) -> Event:
    changed = replace(order(status, version=version), order_id=order_id, updated_at=now())
    event = event_of_images(None, image(changed))
    assert event
    return event


CONFIRMED, FULFILLED = (Status.CONFIRMED, 2, ORDER_ID), (Status.FULFILLED, 3, ORDER_ID)
OTHER = (Status.CONFIRMED, 2, OTHER_ORDER)


def _publish(shop: Backend, *events: tuple[Status, int, OrderId]) -> list[str]:
    """Put events into the queue of `fan_out_webhooks`. Returns its messages."""
    happened = [_event(*event) for event in events]
    shop.bus.published += [json.loads(encode(event)) for event in happened]
    bodies = [message(event) for event in happened]
    for body in bodies:
        shop.queues["fan_out_webhooks"].put(body)
    return bodies


def _fails_once(number: int, event: Mapping[str, Any]) -> int:
    return 503 if number == 1 else 204


# -- deliveries -------------------------------------------------------------------------------------------


def _received_by_two(call: Call, shop: Backend) -> None:
    """Before a call, another invocation receives a second message of the delivery."""
    _publish(shop, CONFIRMED)
    shop.deliver_to("fan_out_webhooks")
    shop.clock.move(2)
    (first,) = shop.queues["deliver_webhook"].messages
    _at_step_call(shop, call, partial(_deliver_again, shop, first.body))


def _deliver_again(shop: Backend, body: str) -> None:
    again = shop.queues["deliver_webhook"].put(body)
    # Only this one: the first is hidden while it is processed.
    shop.queues["deliver_webhook"].messages.sort(key=lambda each: each is not again)
    shop.deliver_to("deliver_webhook")


def _at_step_call(shop: Backend, call: Call, act: Callable[[], object], *, times: int = 1) -> None:
    """Act before the call of this number of the first invocation of its function."""
    here = before_call(call.number)
    execution = call.step.execution
    shop.calls.at(lambda point: here(point) and point.step.execution == execution, act, times=times)


def _delivered_late(call: Call, shop: Backend) -> None:
    """The first attempt fails. Before a call, ten seconds pass, and another invocation attempts it again."""
    shop.receiver.responds = _fails_once
    _publish(shop, CONFIRMED)
    shop.deliver_to("fan_out_webhooks")
    shop.clock.move(2)
    (first,) = shop.queues["deliver_webhook"].messages

    def act() -> None:
        shop.clock.move(10)
        _deliver_again(shop, first.body)

    _at_step_call(shop, call, act)


def _fanned_out_twice(shop: Backend) -> None:
    (body,) = _publish(shop, CONFIRMED)
    shop.run_to_the_end()
    shop.queues["fan_out_webhooks"].put(body)


def _in_order(shop: Backend) -> None:
    """The receiver does not acknowledge the first event for a while."""

    def responds(number: int, event: Mapping[str, Any]) -> int:
        return 503 if number <= 3 and event["type"] == "OrderConfirmed" else 204

    shop.receiver.responds = responds
    _publish(shop, CONFIRMED, FULFILLED)


def _unwritten(shop: Backend) -> None:
    """The message of a delivery is received before the delivery is written."""

    def receive() -> None:
        shop.clock.move(3)
        shop.deliver_to("deliver_webhook")

    shop.calls.at(after_call(to="sqs.SendMessageBatch"), receive)
    _publish(shop, CONFIRMED)


def _unrecorded(call: Call, shop: Backend) -> None:
    """Every attempt of the SDK fails at a call."""
    _publish(shop, CONFIRMED)
    _at_step_call(shop, call, fail(Unavailable), times=3)


# -- endpoints --------------------------------------------------------------------------------------------


def _acknowledging_meanwhile(call: Call, shop: Backend) -> None:
    """An endpoint has failed for three days. Before a call of the last attempt, it acknowledges another."""
    (endpoint,) = Webhooks(shop.world.table).of(CUSTOMER_ID)
    shop.world.table.update(
        endpoint_keys.webhook_endpoint(CUSTOMER_ID, endpoint.webhook_id),
        "SET failingSince = :since",
        values={":since": ago(hours=73)},
    )
    shop.receiver.responds = lambda number, event: 503 if event["subject"] == ORDER_ID else 204
    _publish(shop, CONFIRMED, OTHER)
    shop.deliver_to("fan_out_webhooks")
    shop.clock.move(2)
    confirmed, other = shop.queues["deliver_webhook"].messages
    shop.queues["deliver_webhook"].messages = [confirmed]

    def acknowledge() -> None:
        shop.queues["deliver_webhook"].messages.insert(0, other)
        shop.deliver_to("deliver_webhook")

    _at_step_call(shop, call, acknowledge)


def _rotated_twice(shop: Backend) -> list[str]:
    """Two requests read an endpoint, and then each gives it a new secret."""
    webhooks = Webhooks(shop.world.table)
    (endpoint,) = webhooks.of(CUSTOMER_ID)
    rotated = [webhooks.rotate(endpoint, key_id=WEBHOOK_KEY_ID, at=now()) for _ in range(2)]
    (current,) = webhooks.of(CUSTOMER_ID)
    valid = (current.salt, current.previous_salt)
    lost = [each for each in rotated if each and each.salt not in valid]
    return ["5: a secret that was shown to the partner signs no webhook" for _ in lost]


def _created_twice(shop: Backend) -> None:
    """The response to the creation of an endpoint is lost once, and the SDK retries it."""
    shop.calls.at(after_call(to="dynamodb.TransactWriteItems"), fail(ResponseLost))
    shop.functions.call("api.create_webhook", http_event("POST /webhooks", body={"url": URL}))


def _too_many(shop: Backend) -> None:
    for _ in range(MAX_ENDPOINTS + 1):
        shop.world.api("create_webhook", "POST /webhooks", {"url": URL})


def _deleted_twice(shop: Backend) -> None:
    """One of two requests that delete an endpoint finds it deleted."""
    webhooks = Webhooks(shop.world.table)
    (endpoint,) = webhooks.of(CUSTOMER_ID)
    for _ in range(2):
        webhooks.remove(CUSTOMER_ID, endpoint.webhook_id)


def _deleted_meanwhile(call: Call, shop: Backend) -> None:
    """Before a call of an attempt that fails, the endpoint is deleted."""
    shop.receiver.responds = _fails_once
    (endpoint,) = Webhooks(shop.world.table).of(CUSTOMER_ID)
    _publish(shop, CONFIRMED)
    _at_step_call(shop, call, lambda: Webhooks(shop.world.table).remove(CUSTOMER_ID, endpoint.webhook_id))


RECEIVED_BY_TWO = _at_each_call("a delivery is received by two before", _received_by_two)
DELIVERED_LATE = _at_each_call("a delivery is attempted again before", _delivered_late)
UNRECORDED = _at_each_call("every attempt of the SDK fails at", _unrecorded)
ACKNOWLEDGING = _at_each_call("an endpoint acknowledges before", _acknowledging_meanwhile)
DELETED_MEANWHILE = _at_each_call("an endpoint is deleted before", _deleted_meanwhile)
FANNED_OUT_TWICE = _once("an event is fanned out again", _fanned_out_twice, dead=False)
IN_ORDER = _once("the receiver does not acknowledge the first event for a while", _in_order)
UNWRITTEN = _once("a message is received before its delivery is written", _unwritten)
ROTATED_TWICE = _once("a secret is rotated twice at once", _rotated_twice)
CREATED_TWICE = _once("the creation of an endpoint is sent twice", _created_twice)
TOO_MANY = _once("a partner creates too many endpoints", _too_many)
DELETED_TWICE = _once("an endpoint is deleted twice", _deleted_twice)
