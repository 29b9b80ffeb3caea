"""Customers are told of their orders by mail: once each time, at the address in their profile, and in the
end whatever fails. No order waits for it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.mail import Mail
from orders_client import Address, Order, OrderStatus
from tests.e2e.breaking import FaultInjector
from tests.e2e.mailbox import QUEUE
from tests.e2e.shop import ADDRESS, NOWHERE, Customer, Shop
from tests.e2e.waiting import until

CONFIRMED = "We have your order"
FULFILLED = "Your order is on its way"
REJECTED = "We cannot take your order"
CANCELLED = "Your order is cancelled"


@pytest.fixture
def reader(alice: Customer) -> Customer:
    """A customer who has entered where mail reaches her."""
    alice.client.put_profile(alice.email)
    return alice


@pytest.fixture
def saboteur(quiet_shop: Shop) -> Iterator[FaultInjector]:
    """Somebody who breaks what no other test is using."""
    yield FaultInjector(quiet_shop.instance)
    quiet_shop.settle()


def subjects(mails: list[Mail]) -> list[str]:
    return [mail.subject for mail in mails]


def assert_told_of_fulfilment(mails: list[Mail]) -> None:
    """The last word once, and before it no more than one: what came too late to be news is left out."""
    said = subjects(mails)
    assert said.count(FULFILLED) == 1
    assert said in ([FULFILLED], [CONFIRMED, FULFILLED], [FULFILLED, CONFIRMED])


def test_a_fulfilled_order_is_told_of_with_what_it_costs_and_how_to_track_it(
    shop: Shop, reader: Customer
) -> None:
    order = reader.order(shop.product(price=1250), 2)
    mails = shop.post.sent_when_settled(reader.email, order)
    assert_told_of_fulfilment(mails)
    for mail in mails:
        assert "2 × Enamel mug" in mail.text
        assert "25.00 EUR" in mail.text
        assert order.order_id in mail.text
    assert order.shipment
    assert order.shipment.tracking_number
    (last,) = (mail for mail in mails if mail.subject == FULFILLED)
    assert order.shipment.tracking_number in last.text


@dataclass(frozen=True, kw_only=True)
class BadNews:
    """An order of two units that is not fulfilled, and what its customer is told in the end."""

    subject: str
    because: str
    money: str = "You pay nothing."
    units: int = 5
    payment_token: str = "tok_ok"
    address: Address = ADDRESS


BAD_NEWS = {
    "out of stock": BadNews(subject=REJECTED, because="not everything in it is in stock", units=1),
    "declined": BadNews(subject=REJECTED, because="the payment was declined", payment_token="tok_declined"),
    "capture refused": BadNews(
        subject=CANCELLED, because="the payment could not be collected", payment_token="tok_capture_refused"
    ),
    "an address that nobody delivers to": BadNews(
        subject=CANCELLED,
        because="our carrier does not deliver to its address",
        money="You get back what you paid: 25.00 EUR.",
        address=NOWHERE,
    ),
}


@pytest.mark.parametrize("news", BAD_NEWS.values(), ids=BAD_NEWS.keys())
def test_who_does_not_get_their_order_is_told_why_and_what_becomes_of_the_money(
    shop: Shop, reader: Customer, news: BadNews
) -> None:
    sku = shop.product(units=news.units, price=1250)
    order = reader.order(sku, 2, payment_token=news.payment_token, address=news.address)
    mails = shop.post.sent_when_settled(reader.email, order)
    assert_bad_news(mails, order, news)


def assert_bad_news(mails: list[Mail], order: Order, news: BadNews) -> None:
    (last,) = (mail for mail in mails if mail.subject != CONFIRMED)
    assert last.subject == news.subject
    assert news.because in last.text
    assert news.money in last.text
    assert order.order_id in last.text
    # Confirmed is what an order was that the provider or the carrier has turned back, and no other one.
    assert len(mails) <= (2 if "CONFIRMED" in {change.status for change in order.history} else 1)


def test_who_cancels_an_order_is_told_that_it_is_done(shop: Shop, reader: Customer) -> None:
    placed = reader.place(shop.product(), payment_token="tok_flaky")
    reader.client.cancel_order(placed.order_id)
    order = reader.end_of(placed)
    assert order.status == OrderStatus.CANCELLED
    mails = shop.post.sent_when_settled(reader.email, order)
    assert_bad_news(mails, order, BadNews(subject=CANCELLED, because="you asked for it"))


def test_who_has_no_profile_gets_no_mail(shop: Shop, alice: Customer) -> None:
    order = alice.order(shop.product())
    assert until("the event to be handled", lambda: shop.post.outcome(order)) == "NO_PROFILE"


def test_who_has_removed_their_profile_gets_no_more_mail(shop: Shop, reader: Customer) -> None:
    sku = shop.product()
    before = shop.post.sent_when_settled(reader.email, reader.order(sku))
    assert_told_of_fulfilment(before)
    reader.client.delete_profile()
    order = reader.order(sku)
    assert shop.post.sent_when_settled(reader.email, order) == before
    assert shop.post.outcome(order) == "NO_PROFILE"


def test_mail_goes_where_the_profile_says_when_it_is_sent(shop: Shop, reader: Customer) -> None:
    """The address changes while an order is on its way."""
    placed = reader.place(shop.product(), payment_token="tok_flaky")
    profile = reader.client.get_profile()
    moved = f"moved-{reader.email}"
    reader.client.put_profile(moved, if_match=profile.http.etag)
    order = reader.end_of(placed)
    assert_told_of_fulfilment(shop.post.sent_when_settled(moved, order))
    assert shop.post.sent_to(reader.email) == []


def test_an_event_that_comes_again_brings_no_second_mail(shop: Shop, reader: Customer) -> None:
    with shop.messages.listening() as listener:
        order = reader.order(shop.product())
        mails = shop.post.sent_when_settled(reader.email, order)
        assert_told_of_fulfilment(mails)

        def fulfilled() -> list[dict[str, Any]]:
            heard = listener.heard_of(order.order_id)
            return [event for event in heard if event["detail-type"] == "OrderFulfilled"]

        (event, *_) = until("the event to be heard", fulfilled)
    shop.messages.tell(event)
    event_id = event["detail"]["eventId"]
    until(
        "the event to be found handled",
        lambda: "HANDLED" in [line["outcome"] for line in logged(shop, order, "notified", event=event_id)],
    )
    assert shop.post.sent_when_settled(reader.email, order) == mails


def logged(shop: Shop, order: Order, message: str, **facts: str) -> list[dict[str, Any]]:
    """What the functions have logged of an order, under that message and with these facts."""
    lines = (json.loads(line) for line in shop.logs.everything() if order.order_id in line)
    wanted = facts | {"message": message}
    return [line for line in lines if wanted.items() <= line.items()]


def test_a_function_that_fails_tells_the_customer_in_the_end(
    quiet_shop: Shop, saboteur: FaultInjector, reader: Customer
) -> None:
    # A worker that is at a message when its function is mended ends with it, and the message comes back.
    with saboteur.coming_back_after(20, QUEUE), saboteur.broken("notify_customer"):
        order = reader.order(quiet_shop.product())
        assert order.status == OrderStatus.FULFILLED
        until("the failure to be logged", lambda: logged(quiet_shop, order, "customer not notified"))
    assert_told_of_fulfilment(quiet_shop.post.sent_when_settled(reader.email, order))


def test_what_ses_refuses_is_sent_once_it_does_not_and_the_order_has_not_waited(
    quiet_shop: Shop, saboteur: FaultInjector, reader: Customer
) -> None:
    with saboteur.no_mail():
        order = reader.order(quiet_shop.product())
        assert order.status == OrderStatus.FULFILLED
        fault = until("the fault to be noted", lambda: quiet_shop.post.fault(order))
        assert fault == "NotSent: MessageRejected"
        assert quiet_shop.post.sent_to(reader.email) == []
    assert_told_of_fulfilment(quiet_shop.post.sent_when_settled(reader.email, order))


@pytest.mark.parametrize(("sent", "mails"), [(False, 1), (True, 2)], ids=["before it", "after it"])
def test_who_dies_at_a_mail_lets_it_be_sent_again(
    quiet_shop: Shop, saboteur: FaultInjector, reader: Customer, sent: bool, mails: int
) -> None:
    """Before it is sent, that is its first time; after it, and then alone, the customer reads it twice."""
    with saboteur.coming_back_after(10, QUEUE):
        with saboteur.silent_mail(sent=sent) as asked:
            order = reader.order(quiet_shop.product(), payment_token="tok_declined")
            assert order.status == OrderStatus.REJECTED
            until("SES to be asked", asked.is_set)
            saboteur.kill_workers()
            assert quiet_shop.post.outcome(order) == ""
        quiet_shop.post.end_claim(order)
        told = quiet_shop.post.sent_when_settled(reader.email, order)
    assert subjects(told) == [REJECTED] * mails
