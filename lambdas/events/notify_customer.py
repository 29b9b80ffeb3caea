"""Notify customer: send the customer a mail when an order is confirmed, ends, or is refunded.

A partner gets one when their webhook endpoint was disabled.

The mail goes to the address in the customer's profile; a customer without a profile gets none. It is in the
profile's language, or else in that of the settings. Mail neither fails nor delays an order, because a
consumer of the events sends it. SES does not detect duplicates, so an event is claimed before its mail is
sent, and the result is recorded after (`ordering.consumers`).

An address that SES refuses permanently is not a fault: it is recorded as the event's outcome, and counted. So
are mails that were sent, and customers without a profile; each is counted at least once.

| if it dies                          | then                                                            |
|-------------------------------------|-----------------------------------------------------------------|
| before it has claimed the event     | the message is redelivered                                      |
| before it has sent the mail         | the same; its claim has expired by then                         |
| between sending it and recording it | the same, and the mail is sent twice; the only other cause of a |
|                                     | second mail is a lost response of SES                           |
| after recording it                  | the message is redelivered, and nothing is sent                 |

A throttled table does not cause a second mail: recording the result is retried for 15 seconds.
"""

import os
from collections.abc import Callable

from aws_lambda_powertools.metrics import Metrics, MetricUnit

from ordering.aws.email import Delivery, EmailSender
from ordering.consumers.event_consumer import Consumer
from ordering.domain.events.envelope import Event
from ordering.domain.events.orders import OrderEvent
from ordering.domain.events.webhooks import WebhookDisabled
from ordering.domain.languages import Language, language_of
from ordering.domain.mail_layout import EmailMessage
from ordering.domain.notifications import MAILED_EVENTS, NOTIFIED_EVENTS, email_about_webhook, email_for
from ordering.domain.order import CustomerId, OrderId
from ordering.domain.trace import Trace
from ordering.dynamodb.client import Table
from ordering.repositories.customers import Customers
from ordering.repositories.orders import Orders

table = Table.of_environment()
customers, orders = Customers(table), Orders(table)
mailer = EmailSender.of_environment()
metrics = Metrics()
default_language = Language(os.environ["MAIL_LANGUAGE"])
# Absent if the settings name only the sender's address.
shop = os.environ.get("MAIL_SHOP_NAME", "")

consumer = Consumer("notify_customer", table, queue_url=os.environ["NOTIFICATIONS_QUEUE_URL"])


@consumer.calls(*MAILED_EVENTS)
def send_mail(event: Event) -> str:
    """Send the mail about an event to the customer. Returns what became of it."""
    if isinstance(event, WebhookDisabled):
        return _mail(
            CustomerId(event.customer_id),
            lambda language: email_about_webhook(event, language=language, shop=shop),
            event.ids,
        )
    if isinstance(event, OrderEvent) and event.is_canary:
        # It has no customer, and is not counted as a customer without a profile.
        return "CANARY"
    details = orders.load(OrderId(event.subject))
    if details is None:
        raise LookupError(f"the table holds no order {event.subject}")
    return _mail(
        details.order.customer_id,
        lambda language: email_for(NOTIFIED_EVENTS[event.type], details, language=language, shop=shop),
        details.order.ids,
    )


def _mail(customer_id: CustomerId, email: Callable[[Language], EmailMessage], trace: Trace | None) -> str:
    """Send a mail to a customer, in their language. Returns what became of it."""
    profile = customers.find(customer_id)
    if profile is None:
        _count("MailsWithoutProfile")
        return "NO_PROFILE"
    language = language_of(profile.language) or default_language
    delivery = mailer.send(email(language), to=profile.email, trace=trace)
    _count("MailsSent" if delivery is Delivery.SENT else "MailAddressesRefused")
    return delivery


def _count(metric: str) -> None:
    metrics.add_metric(metric, MetricUnit.Count, 1)
    metrics.flush_metrics()


handler = consumer.handler
