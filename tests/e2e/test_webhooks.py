"""Guarantee 5: a partner gets the events of their orders, signed, in order, until they acknowledge them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import urlsplit

import pytest
from standardwebhooks.webhooks import Webhook

from console.file_lock import held
from orders_client import Order
from stacks.webhooks import LOCAL_RECEIVER
from tests.e2e.shop import CUSTOMER_SCOPES, Customer, Shop
from tests.e2e.waiting import until
from tests.support.webhook_receiver import Delivered, Receiver, receiving

TYPES = ("OrderPlaced", "OrderConfirmed", "OrderFulfilled")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The one receiver on this machine that stage local may send webhooks to."""
    port = urlsplit(f"//{LOCAL_RECEIVER}").port
    assert port
    with (
        held(Path(gettempdir()) / "orders-webhook-receiver.lock", to="receive webhooks"),
        receiving(port=port) as receiver,
    ):
        yield receiver


@pytest.fixture
def partner(shop: Shop) -> Customer:
    """A customer who may create webhook endpoints."""
    return shop.customer("partner", f"{CUSTOMER_SCOPES} webhooks:write")


def verified(webhook: Delivered, secret: str) -> tuple[str, int]:
    """Returns an event's type and sequence. Raises WebhookVerificationError for a false signature."""
    body = Webhook(secret).verify(webhook.body, dict(webhook.headers))
    assert webhook.headers["webhook-id"] == body["data"]["id"]
    return body["type"], body["data"]["sequence"]


def received(receiver: Receiver, order: Order, number: int) -> list[Delivered]:
    """Returns the webhooks about an order, as soon as there are so many."""

    def about_it() -> list[Delivered]:
        found = [each for each in receiver.delivered if order.order_id.encode() in each.body]
        return found if len(found) >= number else []

    return until(f"{number} webhooks about the order", about_it)


def statuses(shop: Shop, order: Order) -> list[tuple[str, int]]:
    """Returns the status and the number of attempts of each delivery, by its sequence."""
    deliveries = [item for item in shop.tables.items() if item["PK"].endswith(f"#{order.order_id}")]
    found = [each for each in deliveries if each["PK"].startswith("DELIVERY#")]
    return [
        (each["status"], each.get("attempts", 0)) for each in sorted(found, key=lambda each: each["sequence"])
    ]


def test_partner_gets_signed_events_of_an_order_in_sequence(
    shop: Shop, partner: Customer, receiver: Receiver
) -> None:
    webhook = partner.client.create_webhook(receiver.url, types=TYPES)
    order = partner.order(shop.product(), 2)
    arrived = [verified(each, webhook.secret) for each in received(receiver, order, len(TYPES))]
    # Each may arrive twice, but none before an earlier one.
    assert tuple(dict.fromkeys(type for type, _ in arrived)) == TYPES
    assert [sequence for _, sequence in arrived] == sorted(sequence for _, sequence in arrived)
    wait_until_delivered(shop, order)


def wait_until_delivered(shop: Shop, order: Order) -> None:
    def delivered() -> bool:
        found = statuses(shop, order)
        return len(found) == len(TYPES) and {status for status, _ in found} == {"DELIVERED"}

    assert until("every delivery to be recorded", delivered)


def test_webhook_is_sent_again_until_the_receiver_acknowledges_it(
    shop: Shop, partner: Customer, receiver: Receiver
) -> None:
    receiver.statuses += [503]
    webhook = partner.client.create_webhook(receiver.url, types=TYPES)
    order = partner.place(shop.product(), 2)
    # A signature is valid for five minutes, and on a busy machine the order may take longer.
    first, again, *_ = received(receiver, order, 2)
    assert verified(first, webhook.secret) == verified(again, webhook.secret) == ("OrderPlaced", 1)
    assert (first.headers["webhook-id"], first.body) == (again.headers["webhook-id"], again.body)
    wait_until_delivered(shop, order)
    attempts = [attempts for _, attempts in statuses(shop, order)]
    assert attempts[0] > 1


def test_endpoint_that_returns_410_gets_no_more_webhooks(
    shop: Shop, partner: Customer, receiver: Receiver
) -> None:
    receiver.statuses += [410]
    created = partner.client.create_webhook(receiver.url, types=TYPES)
    order = partner.order(shop.product(), 2)
    (only,) = received(receiver, order, 1)
    assert verified(only, created.secret)[0] == "OrderPlaced"

    def disabled() -> bool:
        (endpoint,) = partner.client.list_webhooks().webhooks
        return endpoint.status == "DISABLED"

    assert until("the endpoint to be disabled", disabled)
    shop.settle()
    later = partner.order(shop.product(), 1)
    assert later.status == "FULFILLED"
    assert len(receiver.delivered) == 1


def test_test_event_reaches_the_receiver(shop: Shop, partner: Customer, receiver: Receiver) -> None:
    created = partner.client.create_webhook(receiver.url, types=TYPES)
    partner.client.send_test_webhook(created.webhook_id)
    (sent, *_) = until("the test event", lambda: receiver.delivered)
    body = Webhook(created.secret).verify(sent.body, dict(sent.headers))
    assert (body["type"], body["data"]["webhookId"]) == ("WebhookTest", created.webhook_id)
    age = datetime.now(UTC) - datetime.fromtimestamp(int(sent.headers["webhook-timestamp"]), UTC)
    assert age.total_seconds() < 300
