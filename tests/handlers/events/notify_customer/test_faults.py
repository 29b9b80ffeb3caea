"""Guarantee 5: notify_customer when SES refuses or does not respond, or a message is malformed."""

import json

import msgspec
import pytest

from ordering.domain.order import OrderId, Status
from tests.handlers.events.notify_customer.notifying import (
    EMAIL,
    failures,
    notify,
    outcomes,
    record_of,
    refuses,
    response_lost,
    transition_event,
    with_profile,
)
from tests.support.aws_calls import AwsCalls, fails
from tests.support.environment import NOTIFICATIONS_QUEUE_URL
from tests.support.logs import Logs
from tests.support.orders import an_order
from tests.support.recorded import recorded
from tests.support.ses import sent
from tests.support.world import World


@pytest.mark.parametrize("code", ["TooManyRequestsException", "MessageRejected", "SendingPausedException"])
def test_email_refused_by_ses_is_sent_on_redelivery(shop: World, calls: AwsCalls, code: str) -> None:
    event = transition_event(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("SendEmail", fails(code))
    assert notify(event) == ["message-0"]
    assert record_of(shop, event)["fault"]["cause"] == f"NotSent: {code}"
    assert notify(event, receives=2) == []
    assert len(sent()) == 1
    assert "fault" not in record_of(shop, event)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("BadRequestException", "Illegal address"),
        ("BadRequestException", "Domain contains illegal character"),
        ("BadRequestException", "Missing final '@domain'"),
        ("BadRequestException", "Local address contains control or whitespace"),
        ("MessageRejected", "Address blacklisted."),
    ],
)
def test_address_refused_for_good_is_recorded_as_the_outcome(
    shop: World, calls: AwsCalls, logs: Logs, capsys: pytest.CaptureFixture[str], code: str, said: str
) -> None:
    """Only the customer can correct the address: it is recorded and counted, and raises no alarm."""
    event = transition_event(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("SendEmail", refuses(code, said))
    assert notify(event) == notify(event, receives=2) == []
    assert (record_of(shop, event)["outcome"], sent()) == ("ADDRESS_REFUSED", [])
    assert outcomes(logs) == ["ADDRESS_REFUSED", "HANDLED"]
    assert len(calls.made("SendEmail")) == 1
    assert '"MailAddressesRefused":[1.0]' in capsys.readouterr().out.replace(" ", "")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("BadRequestException", "Invalid configuration set name"),
        ("BadRequestException", "The From address is not valid"),
        ("BadRequestException", "Sender contains illegal character"),
        ("BadRequestException", "Header contains illegal character"),
        ("MessageRejected", f"Email address is not verified. The following identities failed: {EMAIL}"),
        ("MessageRejected", "Transaction failed: message has a virus"),
        ("AccountSuspendedException", "suspended"),
        ("SendingPausedException", "paused"),
        ("MailFromDomainNotVerifiedException", "no MX record"),
        ("LimitExceededException", "Daily message quota exceeded."),
        ("TooManyRequestsException", "Maximum sending rate exceeded."),
        ("NotFoundException", "Configuration set <orders-mail> does not exist."),
        ("AccessDeniedException", "not authorized to perform ses:SendEmail"),
        ("InternalFailure", "oh"),
    ],
)
def test_ses_refusal_not_caused_by_the_address_is_retried(
    shop: World, calls: AwsCalls, code: str, said: str
) -> None:
    event = transition_event(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("SendEmail", refuses(code, said))
    assert notify(event) == ["message-0"]
    assert notify(event, receives=2) == []
    assert (record_of(shop, event)["outcome"], len(sent())) == ("SENT", 1)


def test_customer_who_corrected_their_address_gets_later_emails(shop: World, calls: AwsCalls) -> None:
    order_id = an_order(shop, "fulfilled")
    with_profile(shop)
    calls.next("SendEmail", refuses("BadRequestException", "Illegal address"))
    notify(transition_event(shop, order_id, Status.CONFIRMED))
    assert notify(transition_event(shop, order_id)) == []
    assert [mail.subject for mail in sent()] == ["Your order is on its way"]


def test_lost_ses_response_is_not_retried_within_the_call(shop: World, calls: AwsCalls) -> None:
    """SES would send it once more: to try again is left to the queue."""
    event = transition_event(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("SendEmail", response_lost)
    assert notify(event) == ["message-0"]
    assert len(sent()) == 1
    assert calls.config("SendEmail").retries["total_max_attempts"] == 1


def test_failed_message_is_redelivered_after_a_delay(shop: World, calls: AwsCalls) -> None:
    event = transition_event(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("SendEmail", fails("TooManyRequestsException"))
    notify(event, receives=3)
    (put_off,) = calls.made("ChangeMessageVisibilityBatch")
    assert put_off["QueueUrl"] == NOTIFICATIONS_QUEUE_URL
    assert 30 <= put_off["Entries"][0]["VisibilityTimeout"] <= 60


def test_fault_is_raised_even_if_noting_it_fails(shop: World, calls: AwsCalls) -> None:
    event = transition_event(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("UpdateItem", lambda parameters, send: send())
    calls.next("UpdateItem", fails("ProvisionedThroughputExceededException"))
    calls.next("SendEmail", fails("MessageRejected"))
    assert notify(event) == ["message-0"]


def test_event_is_read_in_the_form_that_eventbridge_delivers(shop: World, logs: Logs) -> None:
    assert failures(json.dumps(recorded("eventbridge_order_fulfilled"))) == ["message-0"]
    assert (logs.lines[-1]["order_id"], logs.lines[-1]["exception_name"]) == (
        "01a1ff6f-c527-7ef2-b0e1-5bff2dae121a",
        "LookupError",
    )


def test_event_of_an_unknown_order_becomes_a_dead_letter(shop: World) -> None:
    stranger = OrderId("67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc")
    event = msgspec.structs.replace(
        transition_event(shop, an_order(shop, "fulfilled")),
        subject=stranger,
    )
    assert notify(event) == ["message-0"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        '{"detail": {}}',
        '{"detail": {"eventId": 1}}',
        "[]",
        "[" * 2000,
        '{"a":' * 2000 + "1" + "}" * 2000,
        '{"detail": "\\ud800"}',
        "\x00\uffff",
    ],
    ids=lambda body: repr(body[:30]),
)
def test_message_without_an_event_becomes_a_dead_letter_and_writes_nothing(
    shop: World, logs: Logs, body: str
) -> None:
    assert failures(body) == ["message-0"]
    assert "not an event" in logs.messages()
    assert shop.items() == []
