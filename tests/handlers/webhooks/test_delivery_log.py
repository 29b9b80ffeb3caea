"""A partner reads the log of what was sent to their own endpoints, in pages."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from ordering.domain.clock import later, now
from ordering.domain.order import CustomerId
from ordering.domain.webhooks.delivery import DeliveryStatus, WebhookDelivery, delivery_of_test
from ordering.domain.webhooks.endpoint import Endpoint, WebhookId
from ordering.repositories.webhook_deliveries import Deliveries, key_of
from ordering.repositories.webhooks import Webhooks
from tests.support.world import HandlerResponse, World

SECOND = timedelta(seconds=1)
ROUTE = "GET /webhooks/{webhookId}/deliveries"

pytestmark = pytest.mark.usefixtures("cursor_secret", "webhook_key")


def an_endpoint(world: World) -> Endpoint:
    """Returns an endpoint of the default caller."""
    created = world.api("create_webhook", "POST /webhooks", {"url": "https://partner.example.com/"}).body
    owner = next(
        item["customerId"] for item in world.items() if item.get("webhookId") == created["webhookId"]
    )
    found = Webhooks(world.table).find(CustomerId(owner), WebhookId(created["webhookId"]))
    assert found
    return found


def write(world: World, endpoint: Endpoint, number: int) -> WebhookDelivery:
    """Write a delivery; each order has its own partition of the log, by its id."""
    at = later(now(), number * SECOND)
    delivery = replace(delivery_of_test(endpoint, f"event-{number}", at=at), order_id=f"order-{number}")
    Deliveries(world.table).create(delivery)
    return delivery


def read(world: World, webhook_id: str, **request: Any) -> HandlerResponse:
    return world.api("list_webhook_deliveries", ROUTE, path={"webhookId": webhook_id}, **request)


def test_log_shows_what_has_become_of_an_event_without_its_body(world: World) -> None:
    endpoint = an_endpoint(world)
    delivery = write(world, endpoint, 1)
    (pending,) = read(world, endpoint.webhook_id).body["deliveries"]
    assert pending == {
        "eventId": "event-1",
        "type": "WebhookTest",
        "orderId": "order-1",
        "status": "PENDING",
        "attempts": 0,
        "createdAt": delivery.created_at,
        "updatedAt": delivery.created_at,
        "dueAt": delivery.due_at,
    }
    Deliveries(world.table).end(delivery, DeliveryStatus.FAILED, result="503", at=now())
    (failed,) = read(world, endpoint.webhook_id).body["deliveries"]
    assert (failed["status"], failed["lastResult"], "dueAt" in failed) == ("FAILED", "503", False)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_contain_each_delivery_once_and_the_newest_first(world: World, limit: int) -> None:
    endpoint = an_endpoint(world)
    for number in (3, 1, 7, 2, 6, 4, 5):
        write(world, endpoint, number)
    seen: list[str] = []
    query = {"limit": str(limit)}
    while True:
        page = read(world, endpoint.webhook_id, query=query).body
        assert len(page["deliveries"]) <= limit
        seen += [each["eventId"] for each in page["deliveries"]]
        if "next" not in page:
            break
        query["cursor"] = page["next"]
    assert seen == [f"event-{number}" for number in range(7, 0, -1)]


def test_endpoint_of_another_partner_is_not_found(world: World) -> None:
    """Guarantee 6: a stranger's endpoint looks like one that does not exist."""
    endpoint = an_endpoint(world)
    write(world, endpoint, 1)
    stranger = read(world, endpoint.webhook_id, subject="mallory")
    missing = read(world, "0" * 32, subject="mallory")
    assert (stranger.status, stranger.body["type"]) == (404, missing.body["type"])
    assert read(world, "no-id").status == 404


def test_cursor_of_another_endpoint_is_refused(world: World) -> None:
    first, second = an_endpoint(world), an_endpoint(world)
    for number in (1, 2):
        write(world, first, number)
    cursor = read(world, first.webhook_id, query={"limit": "1"}).body["next"]
    refused = read(world, second.webhook_id, query={"cursor": cursor})
    assert (refused.status, refused.body["errors"][0]["field"]) == (400, "cursor")


def test_unreadable_delivery_is_named_and_blocks_no_other(world: World) -> None:
    endpoint = an_endpoint(world)
    broken, _ = write(world, endpoint, 1), write(world, endpoint, 2)
    world.table.update(
        key_of(broken), "SET #status = :odd", names={"#status": "status"}, values={":odd": ["odd"]}
    )
    page = read(world, endpoint.webhook_id).body
    assert [each["eventId"] for each in page["deliveries"]] == ["event-2"]
    assert page["unreadable"] == ["event-1"]
