"""DELETE /customers/me deletes the webhook endpoints, and nothing is sent to them any more."""

from typing import Any

import pytest

from ordering.repositories.removals import LAG
from tests.handlers.api.removals.customers import ended_order, forget, put_profile, sweep
from tests.support.aws_calls import AwsCalls, fails
from tests.support.clock import MovableClock
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("webhook_key", "queue")


def create_endpoint(world: World, subject: str = "alice") -> None:
    body = {"url": "https://partner.example.com/webhooks"}
    assert world.api("create_webhook", "POST /webhooks", body, subject=subject).status == 201


def of_webhooks(world: World) -> list[dict[str, Any]]:
    return [item for item in world.items() if item["PK"].startswith("WEBHOOKS#")]


def test_endpoints_are_deleted_with_the_profile_and_those_of_others_are_kept(world: World) -> None:
    """Guarantee 6: also the count, so that the customer may create as many again."""
    put_profile(world)
    ended_order(world)
    create_endpoint(world)
    create_endpoint(world)
    create_endpoint(world, "bob")
    assert forget(world).status == 204
    (endpoint,) = [item for item in of_webhooks(world) if "salt" in item]
    assert {item["PK"] for item in of_webhooks(world)} == {endpoint["PK"]}
    for _ in range(5):
        create_endpoint(world)


def test_partner_without_a_profile_can_remove_their_endpoints(world: World) -> None:
    create_endpoint(world)
    assert forget(world).status == 204
    assert of_webhooks(world) == []


def test_sweep_deletes_endpoints_that_the_request_could_not(
    world: World, calls: AwsCalls, clock: MovableClock
) -> None:
    put_profile(world)
    create_endpoint(world)
    calls.always("BatchWriteItem", fails("InternalServerError"))
    assert forget(world).status == 202
    assert of_webhooks(world) != []
    calls.always("BatchWriteItem", lambda parameters, send: send())
    clock.move(LAG.total_seconds() + 120)
    sweep()
    assert of_webhooks(world) == []


def test_endpoint_that_is_created_while_the_removal_is_in_progress_is_deleted(
    world: World, clock: MovableClock
) -> None:
    put_profile(world)
    assert forget(world).status == 204
    create_endpoint(world)
    clock.move(LAG.total_seconds() + 120)
    sweep()
    assert of_webhooks(world) == []
