"""The content of e-mails to customers."""

from html import escape

import pytest
from msgspec.structs import replace

from ordering.domain import notifications
from ordering.domain.events.envelope import Event
from ordering.domain.languages import Language
from ordering.domain.mail_layout import EmailMessage
from ordering.domain.mail_texts import TEXTS
from ordering.domain.notifications import NOTIFIED_EVENTS
from ordering.domain.order import OrderLine, Reason, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import PaymentStatus
from ordering.domain.product import Sku
from ordering.domain.refund import RefundStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.repositories.stream import event_of_images
from tests.support.builders import image, line, order, payment, refund, shipment


def details(status: Status, reason: Reason | None = None, *lines: OrderLine) -> OrderDetails:
    return OrderDetails(order=order(status, *lines, reason=reason))


def email_for(
    status: Status | RefundStatus, details: OrderDetails, language: Language = Language.EN
) -> EmailMessage:
    return notifications.email_for(status, details, language=language, shop="The mug shop")


def test_every_notified_event_type_is_an_event_of_its_status() -> None:
    for event_type, status in NOTIFIED_EVENTS.items():
        changed = refund(status) if isinstance(status, RefundStatus) else order(status)
        event = event_of_images(None, image(changed))
        assert isinstance(event, Event)
        assert event.type == event_type


def test_email_of_a_fulfilled_order_has_this_text() -> None:
    mugs, beans = line(), replace(line("BEANS-1KG", 1, 2190), name="Espresso beans, 1 kg")
    fulfilled = replace(
        details(Status.FULFILLED, None, mugs, beans),
        shipment=replace(shipment(ShipmentStatus.DISPATCHED), tracking_number="SBX0ACE7970F0B6"),
    )
    notice = email_for(Status.FULFILLED, fulfilled)
    assert notice.subject == "Your order is on its way"
    assert notice.text == (
        "Hello,\n"
        "\n"
        "Your order is on its way, and you have paid €46.90.\n"
        "Its tracking number is SBX0ACE7970F0B6.\n"
        "\n"
        "  2 × The MUG-RED           €25.00\n"
        "  1 × Espresso beans, 1 kg  €21.90\n"
        "  Total (3 items)           €46.90\n"
        "\n"
        "Placed on 21 November 2026, 12:00 UTC\n"
        "Order 67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc\n"
    )


def test_email_about_a_refund_contains_what_is_given_back() -> None:
    refunded = replace(details(Status.FULFILLED, None, line()), refund=refund(RefundStatus.REFUNDED))
    notice = email_for(RefundStatus.REFUNDED, refunded)
    assert notice.subject == "We have refunded your order"
    assert "We have refunded your order: you get back €25.00.\n" in notice.text


@pytest.mark.parametrize(
    "break_", ["\n", "\r", "\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c"], ids=ascii
)
def test_stored_text_with_line_breaks_adds_no_line_to_an_email(break_: str) -> None:
    """A carrier's tracking number is stored without validation, so it is tested as well."""
    forged = replace(line(), name=f"Mug{break_}  Total  0.00 EUR\u202e")
    fulfilled = replace(
        details(Status.FULFILLED, None, forged),
        shipment=replace(shipment(ShipmentStatus.DISPATCHED), tracking_number=f"SBX{break_}You owe 5 EUR"),
    )
    honest = replace(
        details(Status.FULFILLED),
        shipment=replace(shipment(ShipmentStatus.DISPATCHED), tracking_number="SBX"),
    )
    text, expected = (email_for(Status.FULFILLED, each).text for each in (fulfilled, honest))
    assert len(text.splitlines()) == len(expected.splitlines())
    assert "\u202e" not in text


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("reason", Reason)
def test_email_explains_every_reason_in_every_language(reason: Reason, language: Language) -> None:
    for status in (Status.REJECTED, Status.CANCELLED):
        email = email_for(status, details(status, reason), language)
        assert f", {TEXTS[language].reasons[reason]}." in email.text
        assert f", {escape(TEXTS[language].reasons[reason])}." in email.html


@pytest.mark.parametrize("language", Language)
def test_email_of_an_order_without_a_reason_names_none(language: Language) -> None:
    for status, text in (
        (Status.REJECTED, TEXTS[language].rejected),
        (Status.CANCELLED, TEXTS[language].cancelled),
    ):
        assert text in email_for(status, details(status), language).text


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("status", NOTIFIED_EVENTS.values())
def test_both_parts_of_an_email_have_the_same_facts(
    status: Status | RefundStatus, language: Language
) -> None:
    email = email_for(status, details(Status.FULFILLED, None, line(quantity=1)), language)
    assert email.language is language
    assert f"<title>{escape(email.subject)}</title>" in email.html
    for line_of_text in email.text.splitlines():
        for part in filter(None, line_of_text.removeprefix("  ").split("  ")):
            shown = part.strip().partition(" (")[0].removeprefix("1 × ")
            assert escape(shown) in email.html, part


@pytest.mark.parametrize(
    ("quantity", "language", "words"),
    [
        (1, Language.EN, "(1 item)"),
        (2, Language.EN, "(2 items)"),
        (1, Language.FR, "(1 article)"),
        (2, Language.FR, "(2 articles)"),
        (1000, Language.DE, "(1.000 Artikel)"),
    ],
)
def test_number_of_items_has_the_plural_of_its_language(
    quantity: int, language: Language, words: str
) -> None:
    ordered = details(Status.CONFIRMED, None, line(quantity=quantity))
    email = email_for(Status.CONFIRMED, ordered, language)
    assert words in email.text
    assert words in email.html


def test_email_announces_a_refund_only_if_money_was_captured() -> None:
    cancelled = details(Status.CANCELLED, Reason.SHIPMENT_REFUSED)
    refunded = replace(cancelled, payments=(payment(PaymentStatus.REFUNDED),))
    voided = replace(cancelled, payments=(payment(PaymentStatus.VOIDED),))
    assert "You get back what you paid: €25.00." in email_for(Status.CANCELLED, refunded).text
    for unpaid in (voided, cancelled):
        assert "You pay nothing." in email_for(Status.CANCELLED, unpaid).text


def test_email_announces_the_refund_of_an_earlier_payment_attempt() -> None:
    twice = replace(
        details(Status.CANCELLED, Reason.CAPTURE_REFUSED),
        payments=(payment(PaymentStatus.REFUNDED), payment(PaymentStatus.DECLINED, attempt=2)),
    )
    assert "You get back what you paid" in email_for(Status.CANCELLED, twice).text


def test_status_without_a_notification_has_no_email() -> None:
    for status in set(Status) - set(NOTIFIED_EVENTS.values()):
        with pytest.raises(ValueError, match=status):
            email_for(status, details(status))


def test_long_product_name_is_shortened_in_the_email_table() -> None:
    long = replace(line(), name="x" * 120, sku=Sku("LONG"))
    text = email_for(Status.CONFIRMED, details(Status.CONFIRMED, None, long, line())).text
    rows = [row for row in text.splitlines() if row.startswith("  ")]
    assert len({len(row) for row in rows}) == 1
    assert max(len(row) for row in rows) < 78, "the recommended width of a mail (RFC 5322, section 2.1.1)"
    assert "…" in text
