"""The e-mails that a customer receives about an order or a webhook endpoint, in the customer's language.

An e-mail is sent when the order is confirmed, when it has reached a final status, and when a fulfilled order
was refunded: so its content stays true. It contains no address and no payment token. Its texts are in
`ordering.domain.mail_texts`, its form is in `ordering.domain.mail_layout`.
"""

from collections.abc import Iterator, Mapping

from ordering.domain.events.types import EventType
from ordering.domain.events.webhooks import WebhookDisabled
from ordering.domain.languages import Language
from ordering.domain.localised import amount_text, is_singular, number_text, time_text
from ordering.domain.mail_layout import EmailMessage, MailContent, MailLink, MailRow, email
from ordering.domain.mail_texts import TEXTS, MailTexts
from ordering.domain.money import Money
from ordering.domain.order import Order, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import PaymentStatus
from ordering.domain.refund import RefundStatus
from ordering.domain.text import as_one_line

# The types of the events that a customer is notified of, each with the new status of the order or its refund.
# OrderPlaced is not one of them, since the response of the API has confirmed it; nor is the start of a
# compensation or of a refund, only its end.
NOTIFIED_EVENTS: Mapping[EventType, Status | RefundStatus] = {
    EventType.ORDER_CONFIRMED: Status.CONFIRMED,
    EventType.ORDER_FULFILLED: Status.FULFILLED,
    EventType.ORDER_REJECTED: Status.REJECTED,
    EventType.ORDER_CANCELLED: Status.CANCELLED,
    EventType.ORDER_REFUNDED: RefundStatus.REFUNDED,
}


MAILED_EVENTS = (*NOTIFIED_EVENTS, EventType.WEBHOOK_DISABLED)
"""The types of all events that lead to a mail: those about orders, and that about a webhook endpoint."""

# The reason of an endpoint that has returned 410.
_GONE = "GONE"


def email_for(
    status: Status | RefundStatus, details: OrderDetails, *, language: Language, shop: str = ""
) -> EmailMessage:
    """Return the e-mail for an order that has reached `status`, one of those in NOTIFIED_EVENTS.

    `shop` is the shop's name.
    """
    order, texts = details.order, TEXTS[language]
    subject, paragraphs = _subject_and_paragraphs(status, details, language)
    units = sum(line.quantity for line in order.lines)
    items = texts.one_item if is_singular(units, language) else texts.many_items
    content = MailContent(
        language=language,
        shop=shop,
        subject=subject,
        greeting=texts.greeting,
        paragraphs=paragraphs,
        rows=list(_rows(order, language)),
        total=texts.total,
        items=items.format(count=number_text(units, language)),
        amount=amount_text(order.price, language),
        placed=texts.placed.format(time=time_text(order.created_at, language)),
        order=texts.order.format(order_id=order.order_id),
    )
    return email(content)


def email_about_webhook(event: WebhookDisabled, *, language: Language, shop: str = "") -> EmailMessage:
    """Return the e-mail to a partner whose webhook endpoint was disabled. `shop` is the shop's name."""
    texts = TEXTS[language]
    why = texts.webhook_gone if event.reason == _GONE else texts.webhook_not_acknowledged
    content = MailContent(
        language=language,
        shop=shop,
        subject=texts.webhook_disabled_subject,
        greeting=texts.greeting,
        paragraphs=[why, texts.webhook_next],
        rows=(),
        total="",
        items="",
        amount="",
        placed=texts.webhook_disabled_at.format(time=time_text(event.time, language)),
        order=texts.webhook.format(webhook_id=as_one_line(event.webhook_id)),
    )
    return email(content)


def email_about_export(
    export_id: str, link: str, *, until: str, language: Language, shop: str = ""
) -> EmailMessage:
    """Return the e-mail with the link to a customer's data, which works until `until` at the latest."""
    texts = TEXTS[language]
    content = MailContent(
        language=language,
        shop=shop,
        subject=texts.export_subject,
        greeting=texts.greeting,
        paragraphs=[texts.export, texts.export_private],
        rows=(),
        total="",
        items="",
        amount="",
        placed=texts.export_until.format(time=time_text(until, language)),
        order=texts.export_id.format(export_id=export_id),
        links=(MailLink(texts.export_link, link),),
    )
    return email(content)


def _subject_and_paragraphs(
    status: Status | RefundStatus, details: OrderDetails, language: Language
) -> tuple[str, list[str]]:
    """Returns the subject, and what has happened, a sentence or two in each paragraph."""
    order, texts = details.order, TEXTS[language]
    total = amount_text(order.price, language)
    match status:
        case Status.CONFIRMED:
            return texts.confirmed_subject, [texts.confirmed.format(total=total)]
        case Status.FULFILLED:
            paragraphs = [texts.fulfilled.format(total=total)]
            if details.shipment and details.shipment.tracking_number:
                number = as_one_line(details.shipment.tracking_number)
                paragraphs.append(texts.tracking.format(number=number))
            return texts.fulfilled_subject, paragraphs
        case Status.REJECTED:
            return texts.rejected_subject, [
                _with_reason(order, texts, texts.rejected, texts.rejected_because),
                _payment_outcome(details, texts, total),
            ]
        case Status.CANCELLED:
            return texts.cancelled_subject, [
                _with_reason(order, texts, texts.cancelled, texts.cancelled_because),
                _payment_outcome(details, texts, total),
            ]
        case RefundStatus.REFUNDED:
            amount = details.refund.price if details.refund else order.price
            return texts.refunded_subject, [texts.refunded.format(amount=amount_text(amount, language))]
        case _:
            raise ValueError(f"no e-mail is sent for an order that is {status}")


def _with_reason(order: Order, texts: MailTexts, plain: str, because: str) -> str:
    return because.format(reason=texts.reasons[order.reason]) if order.reason else plain


def _payment_outcome(details: OrderDetails, texts: MailTexts, total: str) -> str:
    """What happens to the money of an order that was not fulfilled."""
    if any(payment.status is PaymentStatus.REFUNDED for payment in details.payments):
        return texts.paid_back.format(total=total)
    return texts.nothing_paid


def _rows(order: Order, language: Language) -> Iterator[MailRow]:
    for line in order.lines:
        price = Money(amount=line.total, currency=order.currency)
        # The name may be older than the rule for such text, and must not look like another line of the mail.
        yield MailRow(
            quantity=number_text(line.quantity, language),
            name=as_one_line(line.name),
            amount=amount_text(price, language),
        )
