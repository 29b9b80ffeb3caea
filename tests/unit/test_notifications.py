"""The content of e-mails to customers."""

import pytest
from msgspec.structs import replace

from ordering.domain.events import Event
from ordering.domain.notifications import NOTIFIED_EVENTS, email_for
from ordering.domain.order import OrderLine, Reason, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import PaymentStatus
from ordering.domain.product import Sku
from ordering.domain.shipment import ShipmentStatus
from ordering.repositories.stream import event_of_images
from tests.support.builders import image, line, order, payment, shipment


def details(status: Status, reason: Reason | None = None, *lines: OrderLine) -> OrderDetails:
    return OrderDetails(order=order(status, *lines, reason=reason))


def test_each_event_that_is_told_of_is_one_that_an_order_has() -> None:
    for event_type, status in NOTIFIED_EVENTS.items():
        event = event_of_images(None, image(order(status)))
        assert isinstance(event, Event)
        assert event.type == event_type


def test_the_whole_of_a_notice() -> None:
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
        "Your order is on its way, and you have paid 46.90 EUR.\n"
        "Its tracking number is SBX0ACE7970F0B6.\n"
        "\n"
        "  2 × The MUG-RED           25.00 EUR\n"
        "  1 × Espresso beans, 1 kg  21.90 EUR\n"
        "  Total                     46.90 EUR\n"
        "\n"
        "Order 67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc\n"
    )


@pytest.mark.parametrize(
    "break_", ["\n", "\r", "\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c"], ids=ascii
)
def test_text_from_before_the_rule_forges_no_line(break_: str) -> None:
    """Nor does the carrier's word: it comes from outside, and is kept as it came."""
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


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_words(reason: Reason) -> None:
    for status in (Status.REJECTED, Status.CANCELLED):
        assert ", because " in email_for(status, details(status, reason)).text


def test_what_was_captured_comes_back_and_what_was_not_is_not_paid() -> None:
    cancelled = details(Status.CANCELLED, Reason.SHIPMENT_REFUSED)
    refunded = replace(cancelled, payments=(payment(PaymentStatus.REFUNDED),))
    voided = replace(cancelled, payments=(payment(PaymentStatus.VOIDED),))
    assert "You get back what you paid: 25.00 EUR." in email_for(Status.CANCELLED, refunded).text
    for unpaid in (voided, cancelled):
        assert "You pay nothing." in email_for(Status.CANCELLED, unpaid).text


def test_a_second_attempt_to_be_paid_does_not_hide_the_refund_of_the_first() -> None:
    twice = replace(
        details(Status.CANCELLED, Reason.CAPTURE_REFUSED),
        payments=(payment(PaymentStatus.REFUNDED), payment(PaymentStatus.DECLINED, attempt=2)),
    )
    assert "You get back what you paid" in email_for(Status.CANCELLED, twice).text


def test_nobody_is_told_of_what_is_under_way() -> None:
    for status in set(Status) - set(NOTIFIED_EVENTS.values()):
        with pytest.raises(ValueError, match=status):
            email_for(status, details(status))


def test_a_long_name_does_not_break_the_table() -> None:
    long = replace(line(), name="x" * 120, sku=Sku("LONG"))
    text = email_for(Status.CONFIRMED, details(Status.CONFIRMED, None, long, line())).text
    rows = [row for row in text.splitlines() if row.startswith("  ")]
    assert len({len(row) for row in rows}) == 1
    assert max(len(row) for row in rows) < 78, "as wide as a mail is (RFC 5322, section 2.1.1)"
    assert "…" in text
