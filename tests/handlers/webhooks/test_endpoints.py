"""A partner manages their own endpoints, and sees a secret only once."""

from typing import Any

import pytest

from ordering.domain.events.types import EventType
from ordering.domain.webhooks.endpoint import EVENT_TYPES, MAX_ENDPOINTS
from tests.support.aws_calls import AwsCalls, before_it, fails
from tests.support.logs import Logs
from tests.support.world import HandlerResponse, World

URL = "https://partner.example.com/webhooks"

pytestmark = pytest.mark.usefixtures("webhook_key")


def create(world: World, body: Any = None, subject: str = "alice") -> HandlerResponse:
    return world.api("create_webhook", "POST /webhooks", body or {"url": URL}, subject=subject)


def listed(world: World, subject: str = "alice") -> list[Any]:
    endpoints: list[Any] = world.api("list_webhooks", "GET /webhooks", subject=subject).body["webhooks"]
    return endpoints


def on(world: World, handler: str, route: str, webhook_id: str, subject: str = "alice") -> HandlerResponse:
    return world.api(handler, route, path={"webhookId": webhook_id}, subject=subject)


def delete(world: World, webhook_id: str, subject: str = "alice") -> HandlerResponse:
    return on(world, "delete_webhook", "DELETE /webhooks/{webhookId}", webhook_id, subject)


def rotate(world: World, webhook_id: str, subject: str = "alice") -> HandlerResponse:
    return on(world, "rotate_webhook_secret", "POST /webhooks/{webhookId}/secret", webhook_id, subject)


def send_test(world: World, webhook_id: str, subject: str = "alice") -> HandlerResponse:
    return on(world, "send_test_webhook", "POST /webhooks/{webhookId}/test", webhook_id, subject)


def test_new_endpoint_is_listed_without_its_secret(world: World) -> None:
    created = create(world)
    assert created.status == 201
    secret = created.body.pop("secret")
    assert secret.startswith("whsec_")
    assert listed(world) == [created.body]
    assert created.body["types"] == list(EVENT_TYPES)


def test_secret_is_stored_nowhere(world: World, logs: Logs) -> None:
    secret = create(world).body["secret"]
    stored = str(world.items())
    assert secret.removeprefix("whsec_") not in stored + logs.text


def test_endpoint_gets_only_the_types_that_were_asked_for(world: World) -> None:
    wanted = ["OrderFulfilled", "OrderFulfilled", "OrderCancelled"]
    assert create(world, {"url": URL, "types": wanted}).body["types"] == ["OrderFulfilled", "OrderCancelled"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "http://partner.example.com/"}, "url"),
        ({"url": "https://169.254.169.254/latest/meta-data/"}, "url"),
        ({"url": "https://localhost/"}, "url"),
        ({"url": "https://user:password@partner.example.com/"}, "url"),
        ({"url": URL, "types": []}, "types"),
        ({"url": URL, "types": ["NoSuchType"]}, "types[0]"),
        ({"url": URL, "types": [EventType.PRODUCT_ADDED]}, "types"),
        ({"url": URL, "secret": "mine"}, "secret"),
    ],
)
def test_invalid_endpoint_is_refused_with_the_field(world: World, body: Any, field: str) -> None:
    refused = world.api("create_webhook", "POST /webhooks", body)
    assert refused.status == 422
    assert [error["field"] for error in refused.body["errors"]] == [field]
    assert listed(world) == []


def test_partner_has_five_endpoints_at_most(world: World) -> None:
    created = [create(world) for _ in range(MAX_ENDPOINTS)]
    refused = create(world)
    assert (refused.status, refused.body["type"]) == (409, "urn:problem-type:too-many-webhooks")
    assert delete(world, created[0].body["webhookId"]).status == 204
    assert create(world).status == 201
    assert len(listed(world)) == MAX_ENDPOINTS


def test_deleting_twice_frees_one_place(world: World) -> None:
    created = [create(world) for _ in range(MAX_ENDPOINTS)]
    webhook_id = created[0].body["webhookId"]
    assert [delete(world, webhook_id).status, delete(world, webhook_id).status] == [204, 404]
    assert [create(world).status, create(world).status] == [201, 409]


def test_endpoint_of_another_partner_does_not_exist(world: World) -> None:
    """Guarantee 6: as another customer's order, it is not found."""
    webhook_id = create(world).body["webhookId"]
    for act in (delete, rotate, send_test):
        assert act(world, webhook_id, "mallory").status == 404
    assert listed(world, "mallory") == []
    assert len(listed(world)) == 1


@pytest.mark.parametrize("webhook_id", ["0" * 32, "no-id", "A" * 32, "%2e%2e"])
def test_endpoint_that_does_not_exist_is_not_found(world: World, webhook_id: str) -> None:
    for act in (delete, rotate, send_test):
        refused = act(world, webhook_id)
        assert (refused.status, refused.body["type"]) == (404, "urn:problem-type:webhook-not-found")


def test_rotation_returns_another_secret(world: World) -> None:
    created = create(world).body
    rotated = rotate(world, created["webhookId"])
    assert rotated.status == 200
    assert rotated.body["secret"] != created["secret"]
    assert rotated.body["version"] == created["version"] + 1


def test_one_of_two_rotations_at_once_is_busy(world: World, calls: AwsCalls) -> None:
    """Otherwise the secret that one of them has returned would never be valid."""
    webhook_id = create(world).body["webhookId"]
    calls.next("UpdateItem", before_it(lambda: rotate(world, webhook_id)))
    assert rotate(world, webhook_id).status == 503


def test_endpoint_is_not_created_if_its_secret_cannot_be_shown(
    world: World, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls.next("GetSecretValue", fails("InternalServiceError"))
    assert create(world).status in (500, 503)
    assert listed(world) == []


def test_test_event_is_queued_before_its_delivery_is_written(world: World, calls: AwsCalls) -> None:
    webhook_id = create(world).body["webhookId"]
    calls.always("SendMessageBatch", lambda parameters, send: {"Successful": [], "Failed": []})
    assert send_test(world, webhook_id).status == 202
    assert len([item for item in world.items() if item["PK"].startswith("DELIVERY#")]) == 1
    (sent,) = calls.made("SendMessageBatch")
    assert webhook_id in sent["Entries"][0]["MessageBody"]


def test_test_event_is_not_written_if_it_was_not_queued(world: World, calls: AwsCalls) -> None:
    webhook_id = create(world).body["webhookId"]
    calls.always("SendMessageBatch", fails("InternalError"))
    assert send_test(world, webhook_id).status in (500, 503)
    assert [item for item in world.items() if item["PK"].startswith("DELIVERY#")] == []
