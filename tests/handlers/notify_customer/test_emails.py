"""notify_customer: which e-mail a customer gets, and what is logged of it."""

import json

import pytest

from tests.handlers.notify_customer.notifying import (
    EMAIL,
    notify,
    outcomes,
    record_of,
    refuses,
    transition_event,
    with_profile,
)
from tests.support.aws_calls import AwsCalls
from tests.support.environment import SENDER
from tests.support.logs import Logs
from tests.support.orders import COMPENSATION, an_order, cancel, follow
from tests.support.ses import sent
from tests.support.world import ADDRESS, World

# -- the e-mail --------------------------------------------------------------------------------------


def test_customer_gets_an_email_about_a_fulfilled_order(shop: World) -> None:
    order_id = an_order(shop, "fulfilled")
    with_profile(shop)
    assert notify(transition_event(shop, order_id)) == []
    (mail,) = sent()
    assert (mail.sender, mail.to, mail.subject) == (SENDER, EMAIL, "Your order is on its way")
    shipment = shop.details(order_id).shipment
    assert shipment
    for fact in ("25.00 EUR", "2 × The MUG-RED", shipment.tracking_number, order_id):
        assert str(fact) in mail.text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("point", "body", "steps", "subject", "because"),
    [
        ("confirmed", {}, (), "We have your order", "You pay 25.00 EUR when we send it"),
        (
            "reserved",
            {"token": "tok_declined"},
            ("authorise_payment", "reject_order", *COMPENSATION),
            "We cannot take your order",
            "because the payment was declined.\nYou pay nothing.",
        ),
        (
            "captured",
            {"country": "AQ"},
            ("book_shipment", "turn_back", *COMPENSATION),
            "Your order is cancelled",
            "because our carrier does not deliver to its address.\nYou get back what you paid: 25.00 EUR.",
        ),
    ],
    ids=["confirmed", "rejected", "cancelled"],
)
def test_email_about_each_end_gives_the_reason_and_what_happens_to_the_money(
    shop: World, point: str, body: dict[str, str], steps: tuple[str, ...], subject: str, because: str
) -> None:
    order_id = an_order(shop, point, **body)
    with_profile(shop)
    follow(shop, order_id, *steps)
    assert notify(transition_event(shop, order_id)) == []
    (mail,) = sent()
    assert mail.subject == subject
    assert because in mail.text


def test_customer_who_cancels_in_time_pays_nothing(shop: World) -> None:
    order_id = an_order(shop, "authorised")
    with_profile(shop)
    cancel(shop, order_id)
    follow(shop, order_id, *COMPENSATION)
    notify(transition_event(shop, order_id))
    (mail,) = sent()
    assert "because you asked for it.\nYou pay nothing." in mail.text


def test_email_goes_to_the_current_address_of_the_profile(shop: World) -> None:
    order_id = an_order(shop, "fulfilled")
    with_profile(shop, "old@example.com")
    tag = shop.api("get_profile", "GET /customers/me").headers["etag"]
    shop.api("put_profile", "PUT /customers/me", {"email": "new@example.com"}, headers={"If-Match": tag})
    notify(transition_event(shop, order_id))
    assert [mail.to for mail in sent()] == ["new@example.com"]


def test_email_holds_no_payment_token_and_no_postal_address(shop: World) -> None:
    order_id = an_order(shop, "confirmed")
    with_profile(shop)
    notify(transition_event(shop, order_id))
    (mail,) = sent()
    for secret in ("tok_ok", *(part for part in ADDRESS.values() if len(part) > 2)):
        assert secret not in mail.subject + mail.text


def test_customer_without_a_profile_gets_no_email_even_later(shop: World, logs: Logs) -> None:
    event = transition_event(shop, an_order(shop, "fulfilled"))
    assert notify(event) == []
    with_profile(shop)
    assert notify(event) == []
    assert (sent(), outcomes(logs)) == ([], ["NO_PROFILE", "HANDLED"])


def test_customer_who_removed_their_profile_gets_no_email(shop: World, logs: Logs) -> None:
    order_id = an_order(shop, "fulfilled")
    with_profile(shop)
    shop.api("delete_profile", "DELETE /customers/me")
    notify(transition_event(shop, order_id))
    assert (sent(), outcomes(logs)) == ([], ["NO_PROFILE"])


# -- logs and permissions ----------------------------------------------------------------------------


def test_log_and_records_hold_no_email_address(shop: World, calls: AwsCalls, logs: Logs) -> None:
    """SES names the address in its refusals."""
    event = transition_event(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("SendEmail", refuses("MessageRejected", f"Email address is not verified: {EMAIL}"))
    assert notify(event) == ["message-0"]
    assert notify(event) == []
    assert [mail.to for mail in sent()] == [EMAIL]
    assert EMAIL not in logs.text + json.dumps(record_of(shop, event))


def test_log_names_the_order_and_the_event(shop: World, logs: Logs) -> None:
    event = transition_event(shop, an_order(shop, "fulfilled"))
    notify(event)
    line = logs.lines[-1]
    assert (line["order_id"], line["event"], line["receives"]) == (event.subject, event.id, "1")


def test_each_email_and_each_customer_without_a_profile_is_counted(
    shop: World, capsys: pytest.CaptureFixture[str]
) -> None:
    event = transition_event(shop, an_order(shop, "fulfilled"))
    assert notify(event) == []
    assert '"MailsWithoutProfile":[1.0]' in capsys.readouterr().out.replace(" ", "")
    with_profile(shop)
    assert notify(transition_event(shop, an_order(shop, "fulfilled"))) == []
    assert '"MailsSent":[1.0]' in capsys.readouterr().out.replace(" ", "")
