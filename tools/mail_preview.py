"""Writes every mail to customers, in every language, as HTML and as plain text.

    make mail-preview

The files are in `.local/mail-preview`. Open its `index.html` in a browser: it shows each mail in the width of
a phone and of a desktop, and its plain text.
"""

import sys
from collections.abc import Mapping
from html import escape
from itertools import product
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from ordering.domain.events.webhooks import WebhookDisabled
from ordering.domain.languages import Language
from ordering.domain.mail_layout import EmailMessage
from ordering.domain.notifications import email_about_export, email_about_webhook, email_for
from ordering.domain.order import CustomerId, OrderId, OrderLine, Reason, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import Payment, PaymentStatus
from ordering.domain.pricing import accept
from ordering.domain.product import Sku
from ordering.domain.refund import Refund, RefundStatus
from ordering.domain.shipment import Shipment, ShipmentStatus
from ordering.domain.webhooks.endpoint import DisabledReason

FOLDER = Path(__file__).resolve().parent.parent / ".local" / "mail-preview"
SHOP = "The mug shop"

_AT = "2026-11-21T12:00:00.000Z"
_ID = OrderId("67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc")
_MUGS = OrderLine(sku=Sku("MUG-RED"), name="Enamel mug, red", quantity=2, unit_price=1250)
_BEANS = OrderLine(sku=Sku("BEANS-1KG"), name="Espresso beans, 1 kg", quantity=1, unit_price=2190)
# Content that is hard to lay out: markup, a long word, right-to-left text, large numbers.
_DIFFICULT = (
    OrderLine(
        sku=Sku("A"),
        name="<b>Mug</b> & saucer \"Émile\" <!-- 'red' -->",
        quantity=1_000,
        unit_price=9_999_999,
    ),
    OrderLine(sku=Sku("B"), name="Donaudampfschifffahrts" * 5, quantity=1, unit_price=1),
    OrderLine(sku=Sku("C"), name="ספל אמייל אדום (350 מ״ל)", quantity=3, unit_price=1250),
    OrderLine(
        sku=Sku("D"), name="A set of twelve enamel mugs in twelve colours, " * 2, quantity=1, unit_price=9900
    ),
    OrderLine(sku=Sku("E"), name="珐琅杯 ☕", quantity=12, unit_price=100_000_000),
)


def _details(
    status: Status,
    lines: tuple[OrderLine, ...] = (_MUGS, _BEANS),
    *,
    reason: Reason | None = None,
    tracking_number: str | None = None,
    payment: PaymentStatus | None = None,
    refund: RefundStatus | None = None,
) -> OrderDetails:
    order = accept(
        order_id=_ID,
        customer_id=CustomerId("0f3c1d2b4a5968778695a4b3c2d1e0f0"),
        lines=lines,
        currency="EUR",
        payment_token="tok_ok",  # noqa: S106 (a token of the sandbox)
        fingerprint="",
        nonce="",
        at=_AT,
    )
    entry: dict[str, Any] = {"order_id": _ID, "created_at": _AT, "updated_at": _AT, "version": 1}
    money: dict[str, Any] = {"amount": order.total, "currency": order.currency}
    shipped = ShipmentStatus.DISPATCHED
    return OrderDetails(
        order=replace(order, status=status, reason=reason),
        payments=(Payment(attempt=1, payment_id="pay_1", status=payment, **entry, **money),)
        if payment
        else (),
        shipment=Shipment(status=shipped, tracking_number=tracking_number, **entry)
        if tracking_number
        else None,
        refund=Refund(attempt=1, status=refund, **entry, **money) if refund else None,
    )


SAMPLES: Mapping[str, tuple[Status | RefundStatus, OrderDetails]] = {
    "confirmed": (Status.CONFIRMED, _details(Status.CONFIRMED)),
    "fulfilled": (Status.FULFILLED, _details(Status.FULFILLED, tracking_number="SBX7D3C7474275B")),
    "one-item": (Status.FULFILLED, _details(Status.FULFILLED, (_BEANS,))),
    "difficult": (Status.FULFILLED, _details(Status.FULFILLED, _DIFFICULT, tracking_number="<i>1Z</i>" * 12)),
    "rejected": (Status.REJECTED, _details(Status.REJECTED)),
    "cancelled": (Status.CANCELLED, _details(Status.CANCELLED)),
    **{
        f"{status.value.lower()}-{reason.value.lower().replace('_', '-')}": (
            status,
            _details(status, reason=reason),
        )
        for status, reason in product((Status.REJECTED, Status.CANCELLED), Reason)
    },
    "cancelled-and-paid-back": (
        Status.CANCELLED,
        _details(Status.CANCELLED, reason=Reason.SHIPMENT_REFUSED, payment=PaymentStatus.REFUNDED),
    ),
    "refunded": (RefundStatus.REFUNDED, _details(Status.FULFILLED, refund=RefundStatus.REFUNDED)),
}
"""Samples of every mail, by name: the status that it is about, and the order."""


WEBHOOK_SAMPLES: Mapping[str, WebhookDisabled] = {
    f"webhook-{reason.value.lower().replace('_', '-')}": WebhookDisabled(
        id="5e1c0d3a9b7f4e2488d1c6a05b3f7e90",
        time=_AT,
        subject="3f2c9a7e5b1d4086a1c7e9d2b4f60813",
        sequence=2,
        schema_version=1,
        webhook_id="3f2c9a7e5b1d4086a1c7e9d2b4f60813",
        customer_id="0f3c1d2b4a5968778695a4b3c2d1e0f0",
        reason=reason.value,
    )
    for reason in DisabledReason
}
"""Samples of the mails about a webhook endpoint, by name."""


def export_sample(language: Language) -> EmailMessage:
    """Returns the mail with the link to a customer's data."""
    return email_about_export(
        "3f2c9a7e5b1d4086a1c7e9d2b4f60813",
        f"https://exports.s3.eu-west-1.amazonaws.com/exports/customer-data.json?X-Amz-Signature={'0f' * 32}",
        until=_AT,
        language=language,
        shop=SHOP,
    )


def previews() -> Mapping[str, EmailMessage]:
    """Returns every sample in every language: `de-confirmed` → its mail."""
    about_orders = {
        f"{language.value}-{name}": email_for(status, details, language=language, shop=SHOP)
        for language, (name, (status, details)) in product(Language, SAMPLES.items())
    }
    about_webhooks = {
        f"{language.value}-{name}": email_about_webhook(event, language=language, shop=SHOP)
        for language, (name, event) in product(Language, WEBHOOK_SAMPLES.items())
    }
    about_exports = {f"{language.value}-export": export_sample(language) for language in Language}
    return about_orders | about_webhooks | about_exports


def write(folder: Path) -> None:
    """Write every preview to a folder, and a page that shows them."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, mail in previews().items():
        (folder / f"{name}.html").write_text(mail.html, encoding="utf-8")
        (folder / f"{name}.txt").write_text(mail.text, encoding="utf-8")
    (folder / "index.html").write_text(_index(), encoding="utf-8")


def _index() -> str:
    shown = "\n".join(
        f"<h2>{name}: {escape(mail.subject)}</h2>\n"
        f'<iframe src="{name}.html" width="390" height="720"></iframe>\n'
        f'<iframe src="{name}.html" width="800" height="720"></iframe>\n'
        f"<pre>{escape(mail.text)}</pre>"
        for name, mail in previews().items()
    )
    return f'<!doctype html>\n<meta charset="utf-8">\n<title>Mails to customers</title>\n{shown}\n'


if __name__ == "__main__":
    write(FOLDER)
    sys.stdout.write(f"{(FOLDER / 'index.html').relative_to(FOLDER.parent.parent)}\n")
