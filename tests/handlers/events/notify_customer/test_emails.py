"""notify_customer: which e-mail a customer gets, and what is logged of it."""

import json
from typing import Any

import pytest

from ordering.domain.languages import Language
from ordering.domain.mail_texts import TEXTS
from ordering.repositories.keys import customer_keys
from tests.handlers.events.notify_customer.notifying import (
    EMAIL,
    NOTIFY,
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
from tests.support.orders import COMPENSATION, WAYS, an_order, cancel, follow
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
    for fact in ("€25.00", "2 × The MUG-RED", shipment.tracking_number, order_id):
        assert str(fact) in mail.text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("point", "body", "steps", "subject", "because"),
    [
        ("confirmed", {}, (), "We have your order", "You pay €25.00 when we send it"),
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
            "because our carrier does not deliver to your address.\nYou get back what you paid: €25.00.",
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
    assert "as you requested.\nYou pay nothing." in mail.text


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
        assert secret not in mail.subject + mail.text + mail.html


def test_customer_without_a_profile_gets_no_email_even_later(shop: World, logs: Logs) -> None:
    event = transition_event(shop, an_order(shop, "fulfilled"))
    assert notify(event) == []
    with_profile(shop)
    assert notify(event) == []
    assert (sent(), outcomes(logs)) == ([], ["NO_PROFILE", "HANDLED"])


@pytest.mark.slow
def test_customer_who_removed_their_profile_gets_no_email(shop: World, logs: Logs) -> None:
    order_id = an_order(shop, "fulfilled")
    with_profile(shop)
    shop.api("delete_profile", "DELETE /customers/me")
    notify(transition_event(shop, order_id))
    assert (sent(), outcomes(logs)) == ([], ["NO_PROFILE"])


# -- the form and the language -----------------------------------------------------------------------


def test_email_has_html_beside_its_text_and_both_headers(shop: World) -> None:
    order_id = an_order(shop, "fulfilled")
    with_profile(shop)
    notify(transition_event(shop, order_id))
    (mail,) = sent()
    for fact in ("€25.00", "The MUG-RED", order_id, "The mug shop", '<html lang="en"'):
        assert fact in mail.html
    trace = shop.details(order_id).order.ids
    assert trace
    assert mail.headers == {"Content-Language": "en", "X-Correlation-Id": trace.correlation_id}


@pytest.mark.parametrize("language", Language)
def test_email_is_in_the_language_of_the_profile(shop: World, language: Language) -> None:
    order_id = an_order(shop, "fulfilled")
    with_profile(shop, language=language.value)
    notify(transition_event(shop, order_id))
    (mail,) = sent()
    texts = TEXTS[language]
    assert (mail.subject, mail.headers["Content-Language"]) == (texts.fulfilled_subject, language.value)
    assert mail.text.startswith(texts.greeting)
    assert f'<html lang="{language.value}"' in mail.html


@pytest.mark.parametrize("default", Language)
def test_email_is_in_the_language_of_the_settings_if_the_profile_has_none(
    shop: World, monkeypatch: pytest.MonkeyPatch, default: Language
) -> None:
    monkeypatch.setattr(f"{NOTIFY}.default_language", default)
    order_id = an_order(shop, "fulfilled")
    with_profile(shop)
    notify(transition_event(shop, order_id))
    (mail,) = sent()
    assert mail.headers["Content-Language"] == default.value


@pytest.mark.parametrize(
    ("stored", "sent_in", "shown"),
    [("it", "fr", None), ("x" * 300, "fr", None), ("", "fr", None), ("de-AT", "de", "de")],
    ids=["unknown", "long", "empty", "region"],
)
def test_language_that_this_release_does_not_know_blocks_no_email(
    shop: World, monkeypatch: pytest.MonkeyPatch, stored: str, sent_in: str, shown: str | None
) -> None:
    """A later release may have stored it, before it was rolled back."""
    monkeypatch.setattr(f"{NOTIFY}.default_language", Language.FR)
    order_id = an_order(shop, "fulfilled")
    with_profile(shop)
    customer = shop.details(order_id).order.customer_id
    shop.table.update(
        customer_keys.profile(customer), "SET #l = :l", names={"#l": "language"}, values={":l": stored}
    )
    assert notify(transition_event(shop, order_id)) == []
    (mail,) = sent()
    assert mail.headers["Content-Language"] == sent_in
    assert shop.api("get_profile", "GET /customers/me").body.get("language") == shown


def test_hostile_name_and_tracking_number_are_only_text_in_an_email(shop: World) -> None:
    name = '<img src="https://tracker.example/">'
    shop.stocked()
    mug: dict[str, Any] = {"path": {"sku": "MUG-RED"}}
    tag = shop.api("get_product", "GET /products/{sku}", **mug).headers["etag"]
    body = {"name": name, "price": {"amount": 1250, "currency": "EUR"}}
    assert (
        shop.api("put_product", "PUT /products/{sku}", body, headers={"If-Match": tag}, **mug).status == 200
    )
    order_id = shop.place_order()
    follow(shop, order_id, *WAYS["fulfilled"])
    with_profile(shop)
    notify(transition_event(shop, order_id))
    (mail,) = sent()
    assert name in mail.text
    assert "<img" not in mail.html
    assert "&lt;img src=&quot;https://tracker.example/&quot;&gt;" in mail.html


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


@pytest.mark.slow
def test_each_email_and_each_customer_without_a_profile_is_counted(
    shop: World, capsys: pytest.CaptureFixture[str]
) -> None:
    event = transition_event(shop, an_order(shop, "fulfilled"))
    assert notify(event) == []
    assert '"MailsWithoutProfile":[1.0]' in capsys.readouterr().out.replace(" ", "")
    with_profile(shop)
    assert notify(transition_event(shop, an_order(shop, "fulfilled"))) == []
    assert '"MailsSent":[1.0]' in capsys.readouterr().out.replace(" ", "")
