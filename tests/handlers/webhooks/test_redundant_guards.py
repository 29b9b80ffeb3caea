"""What the guards of webhooks save that protect no guarantee: without each of them, something is worse.

`tests/simulation/guards` shows of the others which guarantee breaks.
"""

from collections.abc import Callable

import pytest

from ordering.domain.clock import now
from ordering.domain.webhooks.endpoint import MAX_ENDPOINTS
from ordering.guards import Guard
from ordering.repositories.webhook_deliveries import SLOTS
from tests.handlers.webhooks.partner import Partner, ReceivedWebhook
from tests.simulation.guards.switching import switched_off


def endpoints_of_a_partner_who_creates_many(partner: Partner) -> int:
    for _ in range(MAX_ENDPOINTS + 2):
        partner.world.api("create_webhook", "POST /webhooks", {"url": "https://partner.example.com/"})
    return len(partner.world.api("list_webhooks", "GET /webhooks").body["webhooks"])


def endpoints_after_one_was_deleted_twice(partner: Partner) -> int:
    endpoint = partner.endpoint()
    for _ in range(MAX_ENDPOINTS - 1):
        partner.endpoint()
    for _ in range(2):
        partner.webhooks.remove(endpoint.customer_id, endpoint.webhook_id)
    counted = next(item["endpoints"] for item in partner.world.items() if item["SK"] == "COUNT")
    assert isinstance(counted, int)
    return counted


def versions_of_an_endpoint_that_is_created_again(partner: Partner) -> int:
    """Another partner's endpoint would be replaced if two ids were ever the same."""
    endpoint = partner.endpoint()
    rotated = partner.rotate(endpoint)
    assert rotated
    try:
        partner.webhooks.create(endpoint)
    except Exception:
        return rotated.version
    return partner.found(endpoint).version


def requests_at_once(partner: Partner) -> int:
    """How many requests to a slow receiver are open at once, while twelve orders have an event."""
    partner.endpoint()
    partner.publish(*(partner.event() for _ in range(12)))
    partner.clock.move(2)
    most = nested = 0

    def slow(request: ReceivedWebhook) -> int:
        nonlocal most, nested
        nested += 1
        most = max(most, nested)
        partner.receive()
        nested -= 1
        return 200

    partner.responds = slow
    partner.run()
    return most


def slots_left_to_their_owner(partner: Partner) -> int:
    """A slot has expired, and another invocation has taken it, when its first owner gives it back."""
    endpoint = partner.endpoint()
    partner.publish(partner.event())
    (delivery,) = partner.log(endpoint)
    expired = partner.deliveries.take_slot(delivery, at=now())
    partner.clock.move(100)
    assert expired
    assert partner.deliveries.take_slot(delivery, at=now())
    partner.deliveries.give_back(expired)
    return sum(item["PK"].startswith("SLOT#") for item in partner.world.items())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("guard", "observe", "expected", "without"),
    [
        (Guard.WEBHOOK_COUNTED, endpoints_of_a_partner_who_creates_many, MAX_ENDPOINTS, MAX_ENDPOINTS + 2),
        (
            Guard.WEBHOOK_REMOVED_ONCE,
            endpoints_after_one_was_deleted_twice,
            MAX_ENDPOINTS - 1,
            MAX_ENDPOINTS - 2,
        ),
        (Guard.WEBHOOK_ABSENT, versions_of_an_endpoint_that_is_created_again, 2, 1),
        (Guard.WEBHOOK_SLOT_FREE, requests_at_once, SLOTS, 12),
        (Guard.WEBHOOK_SLOT_OWN, slots_left_to_their_owner, 1, 0),
    ],
    ids=lambda each: each.name if isinstance(each, Guard) else "",
)
@pytest.mark.usefixtures("webhook_key")
def test_condition_saves_something(
    partner: Partner, guard: Guard, observe: Callable[[Partner], int], expected: int, without: int
) -> None:
    with switched_off(guard):
        assert observe(partner) == without
    # The next partner of this test begins with empty tables.
    for item in partner.world.items():
        partner.world.table.delete({"PK": item["PK"], "SK": item["SK"]})
    partner.messages.clear()
    assert observe(partner) == expected
