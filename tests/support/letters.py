"""A letter for every dead-letter queue of a stage. Missed sweeps and calls to a key are never redriven."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from ordering.dead_letters.queues import dead_letter_outputs
from ordering.domain.clock import now
from ordering.domain.customer_jobs import JobKind
from ordering.domain.events.envelope import Event
from ordering.domain.images import ImageId, ImageStatus, ProductImage, upload_key
from ordering.domain.order import OrderFault, OrderId
from ordering.domain.product import Sku
from ordering.repositories.product_images import ProductImages
from ordering.repositories.reconciliation import DueOrder, Reconciliation
from ordering.repositories.stream import event_of_images
from tests.support.deployed_queues import DeployedQueues
from tests.support.orders import an_order
from tests.support.recorded import placed_order_image, recorded, stream_event
from tests.support.world import World

_SKU, _IMAGE = Sku("MUG-RED"), ImageId("0f8b1c5e7a9d4e6fb3c2a1d0e9f87654")


def letters_of_every_queue(world: World, queues: DeployedQueues) -> dict[str, Any]:
    """Put a letter into each dead-letter queue. Returns the bodies, by the queues' outputs."""
    order_id = an_order(world, "confirmed")
    _park(world, order_id)
    waiting = ProductImage(image_id=_IMAGE, status=ImageStatus.PENDING, created_at=now())
    ProductImages(world.table).change(_SKU, lambda gallery: gallery.adding(waiting))
    upload = recorded("s3_object_created_post")
    upload["Records"][0]["s3"]["object"]["key"] = upload_key(_SKU, _IMAGE)
    (change,) = stream_event((None, placed_order_image()))["Records"]
    bodies: dict[str, Any] = {
        "OrderDeadLetterQueueUrl": {"orderId": order_id},
        "UndeliveredEventsQueueUrl": {"orderId": order_id},
        "UploadsDeadLetterQueueUrl": upload,
        "WebhookDeliveriesDeadLetterQueueUrl": {
            **dict.fromkeys(("customerId", "webhookId", "orderId", "family", "eventId"), "1"),
            "sequence": 1,
        },
        "CustomerJobsDeadLetterQueueUrl": {"customerId": "1" * 32, "job": JobKind.REMOVAL},
        "PickListsDeadLetterQueueUrl": {"orderId": order_id},
        "ParkedChangesQueueUrl": {"cause": "ValueError: whatever", "record": change},
        "MissedReportsQueueUrl": {"day": "2026-11-20"},
        "MissedSweepsQueueUrl": {},
        "KeyCallsQueueUrl": {"detail": {"eventName": "DisableKey", "requestParameters": {"keyId": "1"}}},
    }
    # All others belong to consumers of events, and to topics.
    event = _delivered(_happened(world, order_id))
    for output in dead_letter_outputs(queues.outputs):
        bodies.setdefault(output, event)
        queues.put(output, bodies[output])
    return bodies


def _park(world: World, order_id: OrderId) -> None:
    sweep, order = Reconciliation(world.table), world.details(order_id).order
    fault = OrderFault(at=now(), cause="KeyError: 'lines'")
    assert sweep.note_fault(order_id, fault, nudged_at=now())
    due = DueOrder(
        order_id=order_id, status=order.status, created_at=order.created_at, updated_at=order.updated_at
    )
    sweep.claim(due, at=now())
    assert sweep.park(order_id, fault, at=now())


def _happened(world: World, order_id: OrderId) -> Event:
    (item,) = (each for each in world.items() if each["PK"] == f"ORDER#{order_id}" and each["SK"] == "ORDER")
    event = event_of_images(None, item)
    assert event
    return event


def _delivered(event: Event) -> Any:
    detail = json.loads(msgspec.json.encode(event))
    return recorded("eventbridge_order_fulfilled") | {"detail-type": event.type, "detail": detail}
