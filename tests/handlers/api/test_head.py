"""HEAD: every GET route supports it, with the same status and headers and no body."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from ordering.domain.images import ImageId, Size, thumbnail_key
from ordering.domain.product import Sku
from ordering.http.routes import ROUTES, Route
from tests.handlers.images.uploading import Studio
from tests.support.deployed_queues import DeployedQueues
from tests.support.docs_page import PAGE, docs_page
from tests.support.environment import IMAGES_BUCKET
from tests.support.recorded import http_event
from tests.support.world import World, invoke

THUMBNAIL = thumbnail_key(
    Sku("MUG-RED"), ImageId("0123456789abcdef0123456789abcdef"), "0123456789abcdef", Size.SMALL
)
pytestmark = pytest.mark.usefixtures("cursor_secret", "webhook_key")
READS = [route for route in ROUTES if route.method == "GET"]
by_route = pytest.mark.parametrize("route", READS, ids=lambda route: route.handler)


@pytest.fixture(autouse=True)
def _viewer(tmp_path: Path) -> Iterator[None]:
    with docs_page(tmp_path):
        yield


@pytest.fixture
def shop(world: World, queues: DeployedQueues) -> World:
    """A shop with a product, a thumbnail, a profile, an export and queues to read."""
    studio = Studio(world)
    studio.create_bucket()
    boto3.client("s3").put_object(Bucket=IMAGES_BUCKET, Key=THUMBNAIL, Body=b"RIFF")
    shop = world.stocked().with_profile("ada@example.com")
    shop.api("request_export", "POST /customers/me/export")
    return shop


def answers(world: World, route: Route, **event: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns the responses to GET and HEAD of a route."""
    order_id = world.place_order(("MUG-RED", 1))
    customer = world.details(order_id).order.customer_id
    webhook = world.api("create_webhook", "POST /webhooks", {"url": "https://partner.example.com/"})
    _, sku, image_id, file = THUMBNAIL.split("/")
    path = {"orderId": order_id, "sku": sku, "customerId": customer, "imageId": image_id, "file": file}
    path |= {"webhookId": webhook.body["webhookId"], "queue": "order"}
    required: dict[str, Any] = {
        each.name: each.example for each in route.parameters if each.required and each.place == "query"
    }
    named = {name: value for name, value in path.items() if f"{{{name}}}" in route.path}
    event = {"query": required or None, "path": named} | event
    got, head = (
        invoke(f"api.{route.handler}", http_event(f"{method} {route.path}", **event))
        for method in ("GET", "HEAD")
    )
    return got, head


@by_route
def test_head_has_the_response_of_get_without_the_body(shop: World, route: Route) -> None:
    got, head = answers(shop, route)
    assert (got["statusCode"], head["statusCode"]) == (200, 200)
    assert "body" not in head
    headers = dict(head["headers"])
    length = headers.pop("content-length")
    assert headers == got["headers"]
    if not got["isBase64Encoded"]:
        assert int(length) == len(got["body"].encode())


@by_route
def test_head_checks_the_parameters_of_get(shop: World, route: Route) -> None:
    """A bad request is refused, and the refusal has no body either."""
    got, head = answers(shop, route, query={"limitt": "1"})
    assert (got["statusCode"], head["statusCode"]) == (400, 400)
    assert "body" not in head
    assert head["headers"]["content-type"] == "application/problem+json"
    assert int(head["headers"]["content-length"]) == len(got["body"].encode())


def test_content_length_counts_bytes_and_not_characters(shop: World) -> None:
    (route,) = (route for route in READS if route.handler == "get_product")
    body = {"name": "Müller's mug 😀", "price": {"amount": 100, "currency": "EUR"}}
    shop.api("put_product", "PUT /products/{sku}", body, path={"sku": "MUG-BLUE"})
    got, head = answers(shop, route, path={"sku": "MUG-BLUE"})
    assert json.loads(got["body"])["name"] == body["name"]
    assert int(head["headers"]["content-length"]) == len(got["body"].encode()) > len(got["body"])


def test_content_length_of_a_compressed_page_counts_the_bytes_sent(shop: World) -> None:
    (route,) = (route for route in READS if route.handler == "get_docs")
    _, head = answers(shop, route, headers={"Accept-Encoding": "gzip"})
    assert head["headers"]["content-encoding"] == "gzip"
    assert int(head["headers"]["content-length"]) == len(gzip.compress(PAGE.encode(), mtime=0))


def test_head_of_an_unchanged_item_is_304(shop: World) -> None:
    (route,) = (route for route in READS if route.handler == "get_product")
    got, _ = answers(shop, route)
    for answer in answers(shop, route, headers={"If-None-Match": got["headers"]["etag"]}):
        assert (answer["statusCode"], "body" in answer) == (304, False)
        assert "content-length" not in answer["headers"]


def test_only_get_routes_have_head() -> None:
    assert {route.method for route in ROUTES if "HEAD" in route.methods} == {"GET"}
