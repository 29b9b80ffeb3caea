"""Least privilege: the routes and the sweep use every permission of their roles.

Every other test fails if a role lacks a permission that its handler needs: `tests.support.least_privilege`.
"""

from datetime import timedelta

import boto3
import pytest

from ordering.dead_letters import sources
from ordering.domain.clock import ago, later, now
from ordering.domain.order import CustomerId, OrderId
from ordering.domain.webhooks.endpoint import EVENT_TYPES, new_endpoint
from ordering.dynamodb.transaction import ABSENT
from ordering.http import paging
from ordering.http.paging import SigningKeys
from ordering.http.routes import ROUTES
from ordering.repositories.exports import Exports
from ordering.repositories.health import Health
from ordering.repositories.keys import customer_keys, driving_keys, order_keys
from ordering.repositories.webhooks import Webhooks
from ordering.webhooks import secret_key
from stacks.routes import ACCESS
from tests.handlers.exports import exporting
from tests.handlers.images.pictures import picture, saved
from tests.handlers.images.uploading import Studio
from tests.support.aws_calls import AwsCalls, cancelled, fails
from tests.support.deployed_metrics import DeployedMetrics
from tests.support.deployed_queues import DeployedQueues
from tests.support.environment import CUSTOMER_JOBS_QUEUE_URL, EXPORTS_BUCKET, WEBHOOK_KEY_ID
from tests.support.least_privilege import denied, unused, within
from tests.support.letters import letters_of_every_queue
from tests.support.orders import an_order, cancel, cancel_to_the_end, follow, overwrite
from tests.support.recorded import http_event
from tests.support.world import World, invoke


def _visit_every_route(world: World, calls: AwsCalls) -> None:
    product, order, me = {"sku": "MUG-RED"}, "GET /orders/{orderId}", "/customers/me"
    world.stocked()
    body = {"name": "Mug", "price": {"amount": 1, "currency": "EUR"}}
    tag = world.api("get_product", "GET /products/{sku}", path=product).headers["etag"]
    for _ in range(2):
        # The second request fails with 412: the first has changed the tag.
        world.api("put_product", "PUT /products/{sku}", body, path=product, headers={"If-Match": tag})
    for units in (1, 1, 2):
        # A receipt, its replay, and the same key with another body.
        key = {"Idempotency-Key": "a-receipt-of-stock"}
        received = {"received": units}
        world.api("receive_stock", "POST /products/{sku}/stock", received, path=product, headers=key)
    world.api("list_stock_entries", "GET /products/{sku}/stock", path=product)
    # A stock in shards, of which all items are read.
    world.stocked("MUG-BLUE", 4, shards=2)
    world.api("list_stock_entries", "GET /products/{sku}/stock", path={"sku": "MUG-BLUE"})
    world.api("list_products", "GET /products")
    world.api("list_products", "GET /products", query={"category": "mugs"})
    _visit_images(world)
    world.place(key="a-key-of-16-chars")
    calls.next("TransactWriteItems", cancelled("ThrottlingError"))
    world.place(key="another-key-of-16")
    world.place()
    order_id = {"orderId": world.place(key="a-key-of-16-chars").body["orderId"]}
    world.api("get_order", order, path=order_id)
    world.api("list_orders", "GET /orders")
    world.api("cancel_order", "POST /orders/{orderId}/cancel", path=order_id)
    world.api("put_profile", f"PUT {me}", {"email": "ada@example.com"})
    world.api("put_profile", f"PUT {me}", {"email": "b@example.com"}, headers={"If-Match": '"old"'})
    world.api("get_profile", f"GET {me}")
    world.api("request_export", f"POST {me}/export")
    _visit_export(world)
    follow(world, OrderId(order_id["orderId"]), "release_stock", "close_order")
    _visit_webhooks(world)
    # With a webhook endpoint, which is deleted too.
    world.api("create_webhook", "POST /webhooks", {"url": "https://partner.example.com/"})
    _visit_queues(world, calls)
    world.api("delete_profile", f"DELETE {me}")
    world.api("admin_list_open_orders", "GET /admin/orders")
    world.api("admin_get_order", "GET /admin/orders/{orderId}", path=order_id)
    whose = {"customerId": "0" * 32}
    world.api("admin_list_orders", "GET /admin/customers/{customerId}/orders", path=whose)
    days = {"from": "2026-11-21", "to": "2026-11-21"}
    world.api("admin_list_sales", "GET /admin/sales", query=days)
    DeployedMetrics()
    world.api("admin_get_metrics", "GET /admin/metrics")
    tag = world.api("get_product", "GET /products/{sku}", path=product).headers["etag"]
    world.api("delete_product", "DELETE /products/{sku}", path=product, headers={"If-Match": tag})
    for handler, route in (
        ("get_health", "GET /health"),
        ("get_openapi", "GET /openapi.json"),
        ("get_asyncapi", "GET /asyncapi.json"),
    ):
        world.api(handler, route)


def _visit_queues(world: World, calls: AwsCalls) -> None:
    calls.always("Invoke", lambda parameters, send: {"StatusCode": 202})
    letters_of_every_queue(world, DeployedQueues())
    for queue in world.api("admin_list_queues", "GET /admin/queues").body["queues"]:
        path = {"queue": queue["name"]}
        world.api("admin_list_dead_letters", "GET /admin/queues/{queue}/dead-letters", path=path)
        world.api("admin_redrive_queue", "POST /admin/queues/{queue}/redrive", path=path)


def _visit_images(world: World) -> None:
    studio = Studio(world)
    studio.create_bucket()
    ready = studio.upload(saved(picture()))
    studio.order(studio.new_image(), ready)
    _, _, sku, image_id, file = studio.image(ready)["thumbnails"][0]["url"].split("/")
    path = {"sku": sku, "imageId": image_id, "file": file}
    invoke("api.get_image", http_event("GET /images/{sku}/{imageId}/{file}", path=path))
    studio.remove(ready)


def _visit_webhooks(world: World) -> None:
    boto3.client("sqs").create_queue(QueueName="webhook-deliveries")
    created = world.api("create_webhook", "POST /webhooks", {"url": "https://partner.example.com/"})
    path = {"webhookId": created.body["webhookId"]}
    world.api("list_webhooks", "GET /webhooks")
    world.api("list_webhook_deliveries", "GET /webhooks/{webhookId}/deliveries", path=path)
    world.api("rotate_webhook_secret", "POST /webhooks/{webhookId}/secret", path=path)
    world.api("send_test_webhook", "POST /webhooks/{webhookId}/test", path=path)
    world.api("delete_webhook", "DELETE /webhooks/{webhookId}", path=path)


def _visit_export(world: World) -> None:
    """A customer opens the link to their file, which `process_customer_data` has written meanwhile."""
    (item,) = (item for item in world.items() if item["SK"] == customer_keys.EXPORT)
    exporting.prepare_exports()
    overwrite(
        world, customer_keys.export(item["customerId"]), status="SENT", isWritten=True, finishedAt=now()
    )
    export = Exports(world.table).find(item["customerId"])
    assert export
    boto3.client("s3").put_object(Bucket=EXPORTS_BUCKET, Key=export.file, Body=b"{}")
    link = world.api("get_export", "GET /customers/me/export").body["url"]
    assert exporting.opened(link, "get_export") == b"{}"


@pytest.mark.slow
@pytest.mark.usefixtures("cursor_secret", "webhook_key")
def test_route_roles_allow_nothing_unneeded(
    world: World, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "WAIT_SECONDS", 0)
    _visit_every_route(world, calls)
    rest = {handler: unused(handler) for handler in ACCESS}
    # A process reads the cursor secret once: see the test below.
    idle = {h: g for h, grants in rest.items() for g in grants if g.action != "secretsmanager:GetSecretValue"}
    assert idle == {}


def test_only_routes_with_signed_cursors_may_read_the_cursor_secret(world: World) -> None:
    """A process reads the secret only once, so the test above does not show who may read it."""
    with within("get_order"), denied():
        boto3.client("secretsmanager").get_secret_value(SecretId="cursors")
    assert {handler for handler, access in ACCESS.items() if access.cursor_secret} == {
        "list_orders",
        "list_stock_entries",
        "list_webhook_deliveries",
        "admin_list_open_orders",
        "admin_list_orders",
        "admin_list_sales",
    }


@pytest.mark.usefixtures("cursor_secret")
@pytest.mark.parametrize("handler", sorted(name for name, access in ACCESS.items() if access.cursor_secret))
def test_route_with_signed_cursors_may_read_the_cursor_secret(
    world: World, monkeypatch: pytest.MonkeyPatch, handler: str
) -> None:
    monkeypatch.setattr(paging, "signing_keys", SigningKeys())
    (row,) = (row for row in ROUTES if row.handler == handler)
    route = row.key
    query = {each.name: each.example for each in row.parameters if each.required and each.place == "query"}
    path = {"sku": "MUG-RED", "customerId": "0" * 32, "webhookId": "0" * 32}
    used = {name: value for name, value in path.items() if f"{{{name}}}" in route}
    assert world.api(handler, route, path=used, query=query | {"cursor": "not-a-cursor"}).status == 400
    assert [grant for grant in unused(handler) if grant.action == "secretsmanager:GetSecretValue"] == []


@pytest.mark.usefixtures("webhook_key")
def test_rotation_may_read_the_key_of_webhooks_in_a_new_process(world: World) -> None:
    created = world.api("create_webhook", "POST /webhooks", {"url": "https://partner.example.com/"})
    secret_key.webhook_keys.forget()
    path = {"webhookId": created.body["webhookId"]}
    assert world.api("rotate_webhook_secret", "POST /webhooks/{webhookId}/secret", path=path).status == 200
    assert unused("rotate_webhook_secret") == frozenset()


def test_drive_order_may_remove_an_unreadable_circuit(world: World) -> None:
    key = driving_keys.circuit("payments")
    world.table.put(key | {"version": "one"}, condition=ABSENT)
    with within("drive_order"):
        assert Health(world.table).change("payments", lambda circuit: None) is None
    assert world.table.get(key) is None
    rest = [str(grant) for grant in unused("drive_order")]
    assert not any("DeleteItem" in grant and driving_keys.HEALTH in grant for grant in rest)


@pytest.mark.usefixtures("queue")
def test_role_of_the_sweep_allows_nothing_unneeded(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world, "authorised")
    cancel(world, order_id)
    # An order that something else than the saga closed, with a payment whose status only the provider knows.
    values = {":closed": "CANCELLED", ":prepared": "PREPARED", ":at": ago(hours=1)}
    names = {"#status": "status"}
    closed, owing = order_keys.order(order_id), order_keys.payment(order_id, 1)
    world.table.update(closed, "SET #status = :closed", names=names, values={":closed": values[":closed"]})
    world.table.update(
        owing,
        "SET #status = :prepared, GSI2SK = :at",
        names=names,
        values={":prepared": values[":prepared"], ":at": values[":at"]},
    )
    # The customer's profile was deleted, and the removal has not continued since.
    world.api("delete_profile", "DELETE /customers/me")
    (removal,) = (item for item in world.items() if item["SK"] == "REMOVAL")
    past = {"begunAt": ago(hours=1), "askedAt": ago(hours=2), "GSI2SK": ago(hours=1)}
    overwrite(world, customer_keys.removal(removal["customerId"]), **past)
    stuck = world.place_order()
    world.table.update(order_keys.order(stuck), "SET GSI2SK = :at", values={":at": ago(hours=1)})
    done = invoke("scheduled.reconcile_orders", {})
    assert (done["settled"], done["redriven"]) == (1, 1)
    # An order that cannot be claimed is logged with its ids, which are read for that.
    world.table.update(
        order_keys.order(stuck), "SET GSI2SK = :at REMOVE nudgedAt, attempts", values={":at": ago(hours=1)}
    )
    calls.next("UpdateItem", fails("ValidationException"))
    assert invoke("scheduled.reconcile_orders", {})["redriven"] == 0
    assert unused("reconcile_orders") == frozenset()


@pytest.mark.usefixtures("queue")
def test_role_of_customers_jobs_allows_nothing_unneeded(world: World, calls: AwsCalls) -> None:
    """Everything that an export and a removal may do, with a job that needs a second message."""
    world.stocked().with_profile("ada@example.com")
    cancel_to_the_end(world, world.place_order())
    world.place_order()
    (customer_id,) = (CustomerId(item["customerId"]) for item in world.items() if item["SK"] == "PROFILE")
    world.api("request_export", "POST /customers/me/export")
    soon = later(now(), timedelta(minutes=1))
    overwrite(world, customer_keys.export(customer_id), GSI2SK=ago(hours=1), requestedAt=soon)
    exporting.sweep()
    (message,) = exporting.receive()
    # Time for one order, which is written aside; then a response is lost, and the file is looked for.
    exporting.deliver(message, 23_000)
    calls.next("CompleteMultipartUpload", fails("InternalError"))
    exporting.deliver_jobs()
    # The message that failed is received again later, in real time. Another one does the same at once.
    boto3.client("sqs").send_message(QueueUrl=CUSTOMER_JOBS_QUEUE_URL, MessageBody=message["body"])
    exporting.deliver_jobs()
    world.api("delete_profile", "DELETE /customers/me")
    # Meanwhile, they have placed another order, and created a webhook endpoint.
    cancel_to_the_end(world, world.place_order())
    endpoint = new_endpoint(
        customer_id, "https://partner.example.com/", EVENT_TYPES, key_id=WEBHOOK_KEY_ID, at=ago(minutes=1)
    )
    Webhooks(world.table).create(endpoint)
    past = {"begunAt": ago(hours=1), "askedAt": ago(hours=2), "GSI2SK": ago(hours=1)}
    overwrite(world, customer_keys.removal(customer_id), since="", until=soon, **past)
    exporting.sweep()
    exporting.deliver_jobs()
    assert [item["SK"] for item in world.items() if item["SK"] in ("REMOVAL", "ENDPOINT")] == []
    assert unused("process_customer_data") == frozenset()
