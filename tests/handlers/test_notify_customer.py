"""Guarantee 5: an e-mail repeats only if the process dies between sending and recording."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from importlib import import_module
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from ordering.domain.clock import ago, now
from ordering.domain.events import Event
from ordering.domain.order import OrderId, Status
from ordering.repositories import keys
from ordering.repositories.processed_events import CLAIM_SECONDS
from tests.support.aws_calls import AwsCalls, Parameters, Send, Turn, client_error, fails, sent_twice
from tests.support.clock import MovableClock
from tests.support.environment import NOTIFICATIONS_QUEUE_URL, SENDER
from tests.support.faults import ProcessLost
from tests.support.least_privilege import unused
from tests.support.logs import Logs
from tests.support.orders import COMPENSATION, an_order, cancel, follow
from tests.support.recorded import queue_event, recorded
from tests.support.ses import prove_sender, sent
from tests.support.world import ADDRESS, World, invoke

NOTIFY = "lambdas.events.notify_customer"
EMAIL = "ada@example.com"


@pytest.fixture
def shop(world: World, calls: AwsCalls) -> World:
    """A shop that may send mail, and a queue that takes every back-off."""
    prove_sender()
    calls.always("ChangeMessageVisibilityBatch", lambda parameters, send: {})
    return world


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the function has waited each time, in seconds: here nobody waits."""
    pauses: list[float] = []
    monkeypatch.setattr(f"{NOTIFY}.sleep", pauses.append)
    return pauses


@pytest.fixture
def clock() -> Iterator[MovableClock]:
    """A clock that the test moves."""
    clock = MovableClock()
    clock.begin()
    with clock.ticking():
        yield clock


def with_profile(world: World, email: str = EMAIL) -> None:
    entered = world.api("put_profile", "PUT /customers/me", {"email": email, "address": ADDRESS})
    assert entered.status == 201


def told_of(world: World, order_id: OrderId, status: Status | None = None, **facts: Any) -> Event:
    """The event of an order's coming to a status; the one that it has now if none is named."""
    order = world.details(order_id).order
    status = status or order.status
    version = [each.status for each in order.history].index(status) + 1
    name = f"Order{status.title()}"
    event = Event(
        event_id=f"ORDER#{order_id}/ORDER#{version}#{name}",
        type=name,
        at=order.history[version - 1].at,
        version=version,
        old=None,
        new={"status": status},
        changed=("status",),
        order_id=order_id,
    )
    return msgspec.structs.replace(event, **facts)


def message(event: Event) -> str:
    """As EventBridge brings it."""
    delivered = {"detail-type": event.type, "detail": msgspec.to_builtins(event)}
    return json.dumps(recorded("eventbridge_order_fulfilled") | delivered)


def notify(*events: Event, receives: int = 1) -> list[str]:
    """Notify of events; answers the ids of the messages that failed."""
    return failures(*map(message, events), receives=receives)


def failures(*bodies: str, receives: int = 1) -> list[str]:
    answer = invoke("events.notify_customer", queue_event(*bodies, receives=receives))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def outcomes(logs: Logs) -> list[str]:
    return [line["outcome"] for line in logs.lines if line["message"] == "notified"]


def record_of(world: World, event: Event) -> Mapping[str, Any]:
    found = world.table.get(keys.consumed("notify_customer", event.item, event.event_id))
    assert found is not None
    return found


def dies(parameters: Parameters, send: Send) -> Any:
    """The process ends before SES hears of it."""
    raise ProcessLost


def dies_after(parameters: Parameters, send: Send) -> Any:
    """The process ends after SES has taken the mail."""
    send()
    raise ProcessLost


def refuses(code: str, said: str) -> Turn:
    """SES, refusing a mail with these words."""

    def turn(parameters: Parameters, send: Send) -> Any:
        error = client_error(code, "SendEmail")
        error.response["Error"]["Message"] = said
        raise ClientError(error.response, "SendEmail")

    return turn


def unanswered(parameters: Parameters, send: Send) -> Any:
    """SES takes the mail, and its answer is lost."""
    send()
    raise ReadTimeoutError(endpoint_url="https://email.eu-west-1.amazonaws.com")


# -- what a customer is told ---------------------------------------------------------------------------


def test_customer_gets_an_email_about_a_fulfilled_order(shop: World) -> None:
    order_id = an_order(shop, "fulfilled")
    with_profile(shop)
    assert notify(told_of(shop, order_id)) == []
    (mail,) = sent()
    assert (mail.sender, mail.to, mail.subject) == (SENDER, EMAIL, "Your order is on its way")
    shipment = shop.details(order_id).shipment
    assert shipment
    for fact in ("25.00 EUR", "2 × The MUG-RED", shipment.tracking_number, order_id):
        assert str(fact) in mail.text


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
    assert notify(told_of(shop, order_id)) == []
    (mail,) = sent()
    assert mail.subject == subject
    assert because in mail.text


def test_customer_who_cancels_in_time_pays_nothing(shop: World) -> None:
    order_id = an_order(shop, "authorised")
    with_profile(shop)
    cancel(shop, order_id)
    follow(shop, order_id, *COMPENSATION)
    notify(told_of(shop, order_id))
    (mail,) = sent()
    assert "because you asked for it.\nYou pay nothing." in mail.text


def test_email_goes_to_the_current_address_of_the_profile(shop: World) -> None:
    order_id = an_order(shop, "fulfilled")
    with_profile(shop, "old@example.com")
    tag = shop.api("get_profile", "GET /customers/me").headers["etag"]
    shop.api("put_profile", "PUT /customers/me", {"email": "new@example.com"}, headers={"If-Match": tag})
    notify(told_of(shop, order_id))
    assert [mail.to for mail in sent()] == ["new@example.com"]


def test_email_holds_no_payment_token_and_no_postal_address(shop: World) -> None:
    order_id = an_order(shop, "confirmed")
    with_profile(shop)
    notify(told_of(shop, order_id))
    (mail,) = sent()
    for secret in ("tok_ok", *(part for part in ADDRESS.values() if len(part) > 2)):
        assert secret not in mail.subject + mail.text


def test_customer_without_a_profile_gets_no_email_even_later(shop: World, logs: Logs) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
    assert notify(event) == []
    with_profile(shop)
    assert notify(event) == []
    assert (sent(), outcomes(logs)) == ([], ["NO_PROFILE", "HANDLED"])


def test_customer_who_removed_their_profile_gets_no_email(shop: World, logs: Logs) -> None:
    order_id = an_order(shop, "fulfilled")
    with_profile(shop)
    shop.api("delete_profile", "DELETE /customers/me")
    notify(told_of(shop, order_id))
    assert (sent(), outcomes(logs)) == ([], ["NO_PROFILE"])


# -- once ----------------------------------------------------------------------------------------------


def test_redelivered_event_sends_no_second_email(shop: World, logs: Logs) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    assert notify(event) == notify(event, receives=2) == []
    assert (len(sent()), outcomes(logs)) == (1, ["SENT", "HANDLED"])


def test_superseded_event_sends_no_email(shop: World, logs: Logs) -> None:
    order_id = an_order(shop, "fulfilled")
    with_profile(shop)
    late = told_of(shop, order_id, Status.CONFIRMED)
    assert notify(told_of(shop, order_id)) == notify(late) == []
    assert [mail.subject for mail in sent()] == ["Your order is on its way"]
    assert outcomes(logs) == ["SENT", "OVERTAKEN"]


def test_two_orders_of_a_customer_each_send_an_email(shop: World) -> None:
    first = an_order(shop, "fulfilled")
    with_profile(shop)
    second = shop.place_order()
    follow(shop, second, "reserve_stock", "authorise_payment", "confirm_order")
    notify(told_of(shop, first), told_of(shop, second))
    assert [mail.subject for mail in sent()] == ["Your order is on its way", "We have your order"]


def test_event_older_than_two_weeks_sends_no_email(shop: World, logs: Logs) -> None:
    """Its record has gone, or soon will: an old event must not be told a second time for that."""
    with_profile(shop)
    order_id = an_order(shop, "fulfilled")
    notify(told_of(shop, order_id, at=ago(days=14, minutes=1)))
    assert (sent(), outcomes(logs)) == ([], ["TOO_OLD"])
    notify(told_of(shop, order_id, at=ago(days=13, hours=23)))
    assert outcomes(logs) == ["TOO_OLD", "SENT"]


def test_record_of_an_event_outlives_the_period_for_emails(shop: World) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
    notify(event)
    kept = record_of(shop, event)["expiresAt"] - datetime.fromisoformat(event.at).timestamp()
    assert kept == pytest.approx(15 * 24 * 3600, abs=1)


def test_sdk_retry_of_a_claim_finds_its_own_claim(shop: World, calls: AwsCalls) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("UpdateItem", sent_twice)
    assert notify(event) == []
    assert len(sent()) == 1


# -- while another invocation is at it -----------------------------------------------------------------


def test_two_invocations_with_one_event_send_one_email(shop: World, calls: AwsCalls) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    rival: list[list[str]] = []

    def meanwhile(parameters: Parameters, send: Send) -> Any:
        rival.append(notify(event))
        return send()

    calls.next("SendEmail", meanwhile)
    assert notify(event) == []
    assert rival == [["message-0"]], "it comes again, and finds the event handled"
    assert len(sent()) == 1


def test_invocation_retries_before_it_gives_up_on_a_claimed_event(
    shop: World, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    """Fulfilled in a moment, an order has two events at once, and the queue would bring the second later."""
    order_id = an_order(shop, "fulfilled")
    with_profile(shop)
    rest: list[Callable[[], object]] = []
    monkeypatch.setattr(f"{NOTIFY}.sleep", lambda seconds: rest.pop()())
    first = import_module(NOTIFY).consumer.claim(told_of(shop, order_id, Status.CONFIRMED))
    rest.append(lambda: import_module(NOTIFY).consumer.complete(first, "SENT", at=now()))
    assert notify(told_of(shop, order_id)) == []
    assert (len(sent()), outcomes(logs)) == (1, ["SENT"])


def test_event_claimed_for_too_long_is_left_to_redelivery(shop: World, pauses: list[float]) -> None:
    order_id = an_order(shop, "fulfilled")
    import_module(NOTIFY).consumer.claim(told_of(shop, order_id, Status.CONFIRMED))
    assert notify(told_of(shop, order_id)) == ["message-0"]
    assert len(pauses) == 4
    assert 0.75 <= sum(pauses) <= 2.25


def test_claim_of_a_crashed_invocation_expires(shop: World, calls: AwsCalls, clock: MovableClock) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"), at=now())
    with_profile(shop)
    calls.next("SendEmail", dies)
    with pytest.raises(ProcessLost):
        notify(event)
    clock.move(CLAIM_SECONDS - 1)
    assert notify(event, receives=2) == ["message-0"]
    clock.move(2)
    assert notify(event, receives=3) == []
    assert len(sent()) == 1


def test_email_repeats_if_the_process_dies_before_recording_it(
    shop: World, calls: AwsCalls, clock: MovableClock
) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"), at=now())
    with_profile(shop)
    calls.next("SendEmail", dies_after)
    with pytest.raises(ProcessLost):
        notify(event)
    clock.move(CLAIM_SECONDS + 1)
    assert notify(event, receives=2) == notify(event, receives=3) == []
    assert len(sent()) == 2


def test_invocation_whose_claim_expired_still_records_its_email(
    shop: World, calls: AwsCalls, clock: MovableClock
) -> None:
    """Frozen for longer than its claim holds, it has sent its mail all the same."""
    event = told_of(shop, an_order(shop, "fulfilled"), at=now())
    with_profile(shop)

    def frozen(parameters: Parameters, send: Send) -> Any:
        answer = send()
        clock.move(CLAIM_SECONDS + 1)
        return answer

    calls.next("SendEmail", frozen)
    assert notify(event) == notify(event, receives=2) == []
    assert len(sent()) == 1


def test_sent_email_is_recorded_after_the_table_was_busy(
    shop: World, calls: AwsCalls, pauses: list[float]
) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("UpdateItem", lambda parameters, send: send())
    calls.next("UpdateItem", fails("ProvisionedThroughputExceededException"), times=4)
    assert notify(event) == notify(event, receives=2) == []
    assert (len(sent()), pauses) == (1, [1, 2, 4, 8])


# -- when it fails -------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["TooManyRequestsException", "MessageRejected", "SendingPausedException"])
def test_email_refused_by_ses_is_sent_on_redelivery(shop: World, calls: AwsCalls, code: str) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
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
    """Nobody can mend it but the customer: it is recorded and counted, and calls no engineer."""
    event = told_of(shop, an_order(shop, "fulfilled"))
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
    event = told_of(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("SendEmail", refuses(code, said))
    assert notify(event) == ["message-0"]
    assert notify(event, receives=2) == []
    assert (record_of(shop, event)["outcome"], len(sent())) == ("SENT", 1)


def test_customer_who_corrected_their_address_gets_later_emails(shop: World, calls: AwsCalls) -> None:
    order_id = an_order(shop, "fulfilled")
    with_profile(shop)
    calls.next("SendEmail", refuses("BadRequestException", "Illegal address"))
    notify(told_of(shop, order_id, Status.CONFIRMED))
    assert notify(told_of(shop, order_id)) == []
    assert [mail.subject for mail in sent()] == ["Your order is on its way"]


def test_lost_ses_response_is_not_retried_within_the_call(shop: World, calls: AwsCalls) -> None:
    """SES would send it once more: to try again is left to the queue."""
    event = told_of(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("SendEmail", unanswered)
    assert notify(event) == ["message-0"]
    assert len(sent()) == 1
    assert calls.config("SendEmail").retries["total_max_attempts"] == 1


def test_failed_message_is_redelivered_after_a_delay(shop: World, calls: AwsCalls) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("SendEmail", fails("TooManyRequestsException"))
    notify(event, receives=3)
    (put_off,) = calls.made("ChangeMessageVisibilityBatch")
    assert put_off["QueueUrl"] == NOTIFICATIONS_QUEUE_URL
    assert 30 <= put_off["Entries"][0]["VisibilityTimeout"] <= 60


def test_fault_is_raised_even_if_noting_it_fails(shop: World, calls: AwsCalls) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
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
        told_of(shop, an_order(shop, "fulfilled")), order_id=stranger, event_id=f"ORDER#{stranger}/ORDER#3#X"
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


# -- what it may do, and what it tells -----------------------------------------------------------------


def test_log_and_records_hold_no_email_address(shop: World, calls: AwsCalls, logs: Logs) -> None:
    """SES names the address in its refusals."""
    event = told_of(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("SendEmail", refuses("MessageRejected", f"Email address is not verified: {EMAIL}"))
    assert notify(event) == ["message-0"]
    assert notify(event) == []
    assert [mail.to for mail in sent()] == [EMAIL]
    assert EMAIL not in logs.text + json.dumps(record_of(shop, event))


def test_log_names_the_order_and_the_event(shop: World, logs: Logs) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
    notify(event)
    line = logs.lines[-1]
    assert (line["order_id"], line["event"], line["receives"]) == (event.order_id, event.event_id, "1")


def test_role_of_notify_customer_allows_nothing_unneeded(shop: World) -> None:
    with_profile(shop)
    notify(told_of(shop, an_order(shop, "fulfilled")))
    assert unused("notify_customer") == frozenset()


def test_each_mail_and_each_customer_without_a_profile_is_counted(
    shop: World, capsys: pytest.CaptureFixture[str]
) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
    assert notify(event) == []
    assert '"MailsWithoutProfile":[1.0]' in capsys.readouterr().out.replace(" ", "")
    with_profile(shop)
    assert notify(told_of(shop, an_order(shop, "fulfilled"))) == []
    assert '"MailsSent":[1.0]' in capsys.readouterr().out.replace(" ", "")
