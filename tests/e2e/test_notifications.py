"""Guarantee 5: customers get each mail about an order once, whatever fails. No order waits for mail."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.mail import ReceivedMail
from ordering.domain import languages
from ordering.domain.mail_texts import TEXTS
from orders_client import Address, Language, Order, OrderStatus
from tests.e2e.fault_injector import FaultInjector
from tests.e2e.mailbox import QUEUE
from tests.e2e.shop import ADDRESS, UNSERVED_ADDRESS, Customer, Shop
from tests.e2e.waiting import until

CONFIRMED = "We have your order"
FULFILLED = "Your order is on its way"
REJECTED = "We cannot take your order"
CANCELLED = "Your order is cancelled"


@pytest.fixture
def reader(alice: Customer) -> Customer:
    """A customer with a profile, and so with an address for mail."""
    alice.client.put_profile(alice.email)
    return alice


@pytest.fixture
def faults(idle_shop: Shop) -> Iterator[FaultInjector]:
    """Faults in an instance that no other test is using at the time."""
    yield FaultInjector(idle_shop.instance)
    idle_shop.settle()


def subjects(mails: list[ReceivedMail]) -> list[str]:
    return [mail.subject for mail in mails]


def assert_fulfilment_mail(mails: list[ReceivedMail]) -> None:
    """Exactly one mail about the fulfilment, and at most one about the confirmation.

    The confirmation is skipped if its event arrives after that of the fulfilment.
    """
    sent = subjects(mails)
    assert sent.count(FULFILLED) == 1
    assert sent in ([FULFILLED], [CONFIRMED, FULFILLED], [FULFILLED, CONFIRMED])


def test_the_mail_about_a_fulfilled_order_has_total_and_tracking_number(shop: Shop, reader: Customer) -> None:
    order = reader.order(shop.product(price=1250), 2)
    mails = shop.mailbox.sent_once_handled(reader.email, order)
    assert_fulfilment_mail(mails)
    for mail in mails:
        assert "2 × Enamel mug" in mail.text
        assert "€25.00" in mail.text
        assert order.order_id in mail.text
    assert order.shipment
    assert order.shipment.tracking_number
    (last,) = (mail for mail in mails if mail.subject == FULFILLED)
    assert order.shipment.tracking_number in last.text


def test_the_mail_is_in_the_language_of_the_profile_and_has_html(shop: Shop, alice: Customer) -> None:
    alice.client.put_profile(alice.email, language=Language.DE)
    order = alice.order(shop.product())
    mails = shop.mailbox.sent_once_handled(alice.email, order)
    texts = TEXTS[languages.Language.DE]
    (last,) = (mail for mail in mails if mail.subject == texts.fulfilled_subject)
    assert last.text.startswith(texts.greeting)
    assert '<html lang="de"' in last.html
    assert order.order_id in last.html


@dataclass(frozen=True, kw_only=True)
class ExpectedMail:
    """An order of two units that is not fulfilled, and its expected last mail."""

    subject: str
    reason: str
    money: str = "You pay nothing."
    units: int = 5
    payment_token: str = "tok_ok"
    address: Address = ADDRESS


UNFULFILLED = {
    "out of stock": ExpectedMail(subject=REJECTED, reason="some of its items are out of stock", units=1),
    "declined": ExpectedMail(
        subject=REJECTED, reason="the payment was declined", payment_token="tok_declined"
    ),
    "capture refused": ExpectedMail(
        subject=CANCELLED, reason="the payment could not be collected", payment_token="tok_capture_refused"
    ),
    "an address that the carrier does not serve": ExpectedMail(
        subject=CANCELLED,
        reason="our carrier does not deliver to your address",
        money="You get back what you paid: €25.00.",
        address=UNSERVED_ADDRESS,
    ),
}


@pytest.mark.parametrize("expected", UNFULFILLED.values(), ids=UNFULFILLED.keys())
def test_the_last_mail_of_an_unfulfilled_order_has_the_reason_and_the_money(
    shop: Shop, reader: Customer, expected: ExpectedMail
) -> None:
    sku = shop.product(units=expected.units, price=1250)
    order = reader.order(sku, 2, payment_token=expected.payment_token, address=expected.address)
    mails = shop.mailbox.sent_once_handled(reader.email, order)
    assert_final_mail(mails, order, expected)


def assert_final_mail(mails: list[ReceivedMail], order: Order, expected: ExpectedMail) -> None:
    (last,) = (mail for mail in mails if mail.subject != CONFIRMED)
    assert last.subject == expected.subject
    assert expected.reason in last.text
    assert expected.money in last.text
    assert order.order_id in last.text
    # Only an order that a provider refused after its confirmation may have a mail about the confirmation.
    assert len(mails) <= (2 if "CONFIRMED" in {change.status for change in order.history} else 1)


def test_a_customer_who_cancels_is_notified_of_the_cancellation(shop: Shop, reader: Customer) -> None:
    sku = shop.product()
    with shop.paused_processing():
        placed = reader.place(sku)
        reader.client.cancel_order(placed.order_id)
    order = reader.wait_for_end(placed)
    assert order.status == OrderStatus.CANCELLED
    mails = shop.mailbox.sent_once_handled(reader.email, order)
    assert_final_mail(mails, order, ExpectedMail(subject=CANCELLED, reason="as you requested"))


def test_a_customer_without_a_profile_gets_no_mail(shop: Shop, alice: Customer) -> None:
    order = alice.order(shop.product())
    assert until("the event to be handled", lambda: shop.mailbox.outcome(order)) == "NO_PROFILE"


def test_a_customer_who_deleted_the_profile_gets_no_more_mail(shop: Shop, reader: Customer) -> None:
    sku = shop.product()
    before = shop.mailbox.sent_once_handled(reader.email, reader.order(sku))
    assert_fulfilment_mail(before)
    reader.client.delete_profile()
    order = reader.order(sku)
    assert shop.mailbox.sent_once_handled(reader.email, order) == before
    assert shop.mailbox.outcome(order) == "NO_PROFILE"


def test_mail_goes_to_the_current_address_of_the_profile(shop: Shop, reader: Customer) -> None:
    """The address changes after the order was placed and before it is confirmed."""
    sku = shop.product()
    moved = f"moved-{reader.email}"
    with shop.paused_processing():
        placed = reader.place(sku)
        profile = reader.client.get_profile()
        reader.client.put_profile(moved, if_match=profile.http.etag)
    order = reader.wait_for_end(placed)
    assert_fulfilment_mail(shop.mailbox.sent_once_handled(moved, order))
    assert shop.mailbox.sent_to(reader.email) == []


def test_an_event_that_is_published_twice_causes_one_mail(shop: Shop, reader: Customer) -> None:
    with shop.messages.recording_events() as recorder:
        order = reader.order(shop.product())
        mails = shop.mailbox.sent_once_handled(reader.email, order)
        assert_fulfilment_mail(mails)

        def fulfilled() -> list[dict[str, Any]]:
            published = recorder.events_of(order.order_id)
            return [event for event in published if event["detail-type"] == "OrderFulfilled"]

        (event, *_) = until("the event to be published", fulfilled)
    shop.messages.publish_again(event)
    event_id = event["detail"]["id"]
    until(
        "the second event to be recognised as processed",
        lambda: (
            "HANDLED" in [line["outcome"] for line in logged(shop, order, "event handled", event=event_id)]
        ),
    )
    assert shop.mailbox.sent_once_handled(reader.email, order) == mails


def logged(shop: Shop, order: Order, message: str, **facts: str) -> list[dict[str, Any]]:
    """The log lines about an order with this message and these members."""
    lines = (json.loads(line) for line in shop.logs.lines() if order.order_id in line)
    wanted = facts | {"message": message}
    return [line for line in lines if wanted.items() <= line.items()]


def test_the_mail_is_sent_once_the_failing_function_works_again(
    idle_shop: Shop, faults: FaultInjector, reader: Customer
) -> None:
    # If the restored configuration ends a worker during a message, that message is redelivered.
    with faults.visibility_timeout(20, QUEUE), faults.failing("notify_customer"):
        order = reader.order(idle_shop.product())
        assert order.status == OrderStatus.FULFILLED
        until("the failure to be logged", lambda: logged(idle_shop, order, "event not handled"))
    assert_fulfilment_mail(idle_shop.mailbox.sent_once_handled(reader.email, order))


def test_a_mail_that_ses_refused_is_sent_later_and_its_order_does_not_wait(
    idle_shop: Shop, faults: FaultInjector, reader: Customer
) -> None:
    with faults.mail_refused():
        order = reader.order(idle_shop.product())
        assert order.status == OrderStatus.FULFILLED
        fault = until("the fault to be recorded", lambda: idle_shop.mailbox.fault(order))
        assert fault == "NotSent: MessageRejected"
        assert idle_shop.mailbox.sent_to(reader.email) == []
    assert_fulfilment_mail(idle_shop.mailbox.sent_once_handled(reader.email, order))


@pytest.mark.parametrize(("sent", "mails"), [(False, 1), (True, 2)], ids=["before sending", "after sending"])
def test_a_mail_is_repeated_only_if_the_worker_dies_after_sending_it(
    idle_shop: Shop, faults: FaultInjector, reader: Customer, sent: bool, mails: int
) -> None:
    """Guarantee 5: a worker that dies before sending causes one mail; one that dies after it, two."""
    with faults.visibility_timeout(10, QUEUE):
        with faults.unanswered_mail(sent=sent) as called:
            order = reader.order(idle_shop.product(), payment_token="tok_declined")
            assert order.status == OrderStatus.REJECTED
            until("SES to be called", called.is_set)
            faults.kill_workers()
            assert idle_shop.mailbox.outcome(order) == ""
        idle_shop.mailbox.expire_claim(order)
        received = idle_shop.mailbox.sent_once_handled(reader.email, order)
    assert subjects(received) == [REJECTED] * mails
