"""Notify customer. Promise 5: an e-mail may repeat only if the process dies between sending and recording."""

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


def test_a_customer_is_told_that_their_order_is_on_its_way(shop: World) -> None:
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
def test_each_end_is_told_with_its_reason_and_what_becomes_of_the_money(
    shop: World, point: str, body: dict[str, str], steps: tuple[str, ...], subject: str, because: str
) -> None:
    order_id = an_order(shop, point, **body)
    with_profile(shop)
    follow(shop, order_id, *steps)
    assert notify(told_of(shop, order_id)) == []
    (mail,) = sent()
    assert mail.subject == subject
    assert because in mail.text


def test_a_customer_who_cancels_in_time_pays_nothing(shop: World) -> None:
    order_id = an_order(shop, "authorised")
    with_profile(shop)
    cancel(shop, order_id)
    follow(shop, order_id, *COMPENSATION)
    notify(told_of(shop, order_id))
    (mail,) = sent()
    assert "because you asked for it.\nYou pay nothing." in mail.text


def test_mail_goes_to_the_address_that_the_profile_has_now(shop: World) -> None:
    order_id = an_order(shop, "fulfilled")
    with_profile(shop, "old@example.com")
    tag = shop.api("get_profile", "GET /customers/me").headers["etag"]
    shop.api("put_profile", "PUT /customers/me", {"email": "new@example.com"}, headers={"If-Match": tag})
    notify(told_of(shop, order_id))
    assert [mail.to for mail in sent()] == ["new@example.com"]


def test_a_mail_tells_no_payment_token_and_no_address(shop: World) -> None:
    order_id = an_order(shop, "confirmed")
    with_profile(shop)
    notify(told_of(shop, order_id))
    (mail,) = sent()
    for secret in ("tok_ok", *(part for part in ADDRESS.values() if len(part) > 2)):
        assert secret not in mail.subject + mail.text


def test_whoever_has_no_profile_gets_no_mail_nor_when_they_enter_one_later(shop: World, logs: Logs) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
    assert notify(event) == []
    with_profile(shop)
    assert notify(event) == []
    assert (sent(), outcomes(logs)) == ([], ["NO_PROFILE", "HANDLED"])


def test_whoever_has_removed_their_profile_gets_no_mail(shop: World, logs: Logs) -> None:
    order_id = an_order(shop, "fulfilled")
    with_profile(shop)
    shop.api("delete_profile", "DELETE /customers/me")
    notify(told_of(shop, order_id))
    assert (sent(), outcomes(logs)) == ([], ["NO_PROFILE"])


# -- once ----------------------------------------------------------------------------------------------


def test_an_event_that_comes_again_is_not_told_again(shop: World, logs: Logs) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    assert notify(event) == notify(event, receives=2) == []
    assert (len(sent()), outcomes(logs)) == (1, ["SENT", "HANDLED"])


def test_what_is_overtaken_is_not_told_any_more(shop: World, logs: Logs) -> None:
    order_id = an_order(shop, "fulfilled")
    with_profile(shop)
    late = told_of(shop, order_id, Status.CONFIRMED)
    assert notify(told_of(shop, order_id)) == notify(late) == []
    assert [mail.subject for mail in sent()] == ["Your order is on its way"]
    assert outcomes(logs) == ["SENT", "OVERTAKEN"]


def test_each_of_two_orders_is_told_of(shop: World) -> None:
    first = an_order(shop, "fulfilled")
    with_profile(shop)
    second = shop.place_order()
    follow(shop, second, "reserve_stock", "authorise_payment", "confirm_order")
    notify(told_of(shop, first), told_of(shop, second))
    assert [mail.subject for mail in sent()] == ["Your order is on its way", "We have your order"]


def test_what_is_older_than_two_weeks_is_no_news(shop: World, logs: Logs) -> None:
    """Its record has gone, or soon will: an old event must not be told a second time for that."""
    with_profile(shop)
    order_id = an_order(shop, "fulfilled")
    notify(told_of(shop, order_id, at=ago(days=14, minutes=1)))
    assert (sent(), outcomes(logs)) == ([], ["TOO_OLD"])
    notify(told_of(shop, order_id, at=ago(days=13, hours=23)))
    assert outcomes(logs) == ["TOO_OLD", "SENT"]


def test_the_record_of_an_event_outlives_the_time_in_which_it_is_told(shop: World) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
    notify(event)
    kept = record_of(shop, event)["expiresAt"] - datetime.fromisoformat(event.at).timestamp()
    assert kept == pytest.approx(15 * 24 * 3600, abs=1)


def test_sdk_sending_a_claim_twice_finds_its_own(shop: World, calls: AwsCalls) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("UpdateItem", sent_twice)
    assert notify(event) == []
    assert len(sent()) == 1


# -- while another invocation is at it -----------------------------------------------------------------


def test_two_invocations_with_one_event_send_one_mail(shop: World, calls: AwsCalls) -> None:
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


def test_who_finds_another_at_work_looks_again_before_it_gives_up(
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


def test_who_has_looked_for_long_enough_lets_the_queue_bring_it_again(
    shop: World, pauses: list[float]
) -> None:
    order_id = an_order(shop, "fulfilled")
    import_module(NOTIFY).consumer.claim(told_of(shop, order_id, Status.CONFIRMED))
    assert notify(told_of(shop, order_id)) == ["message-0"]
    assert len(pauses) == 4
    assert 0.75 <= sum(pauses) <= 2.25


def test_a_claim_whose_owner_died_ends_by_itself(shop: World, calls: AwsCalls, clock: MovableClock) -> None:
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


def test_a_mail_is_repeated_where_the_process_dies_before_it_is_recorded(
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


def test_who_comes_late_records_what_it_did(shop: World, calls: AwsCalls, clock: MovableClock) -> None:
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


def test_what_was_sent_is_recorded_though_the_table_is_busy_for_a_while(
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
def test_a_mail_that_ses_refuses_is_sent_when_the_message_comes_again(
    shop: World, calls: AwsCalls, code: str
) -> None:
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
def test_an_address_that_ses_refuses_for_good_is_what_came_of_the_event(
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
def test_what_is_no_customer_s_fault_is_tried_again(
    shop: World, calls: AwsCalls, code: str, said: str
) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("SendEmail", refuses(code, said))
    assert notify(event) == ["message-0"]
    assert notify(event, receives=2) == []
    assert (record_of(shop, event)["outcome"], len(sent())) == ("SENT", 1)


def test_who_has_corrected_a_refused_address_is_told_of_what_comes_after(
    shop: World, calls: AwsCalls
) -> None:
    order_id = an_order(shop, "fulfilled")
    with_profile(shop)
    calls.next("SendEmail", refuses("BadRequestException", "Illegal address"))
    notify(told_of(shop, order_id, Status.CONFIRMED))
    assert notify(told_of(shop, order_id)) == []
    assert [mail.subject for mail in sent()] == ["Your order is on its way"]


def test_an_answer_that_is_lost_is_not_waited_for_by_asking_again(shop: World, calls: AwsCalls) -> None:
    """SES would send it once more: to try again is left to the queue."""
    event = told_of(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("SendEmail", unanswered)
    assert notify(event) == ["message-0"]
    assert len(sent()) == 1
    assert calls.config("SendEmail").retries["total_max_attempts"] == 1


def test_what_failed_comes_back_after_a_while(shop: World, calls: AwsCalls) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("SendEmail", fails("TooManyRequestsException"))
    notify(event, receives=3)
    (put_off,) = calls.made("ChangeMessageVisibilityBatch")
    assert put_off["QueueUrl"] == NOTIFICATIONS_QUEUE_URL
    assert 30 <= put_off["Entries"][0]["VisibilityTimeout"] <= 60


def test_a_fault_does_not_hide_behind_one_in_noting_it(shop: World, calls: AwsCalls) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("UpdateItem", lambda parameters, send: send())
    calls.next("UpdateItem", fails("ProvisionedThroughputExceededException"))
    calls.next("SendEmail", fails("MessageRejected"))
    assert notify(event) == ["message-0"]


def test_an_event_is_read_as_eventbridge_brings_it(shop: World, logs: Logs) -> None:
    assert failures(json.dumps(recorded("eventbridge_order_fulfilled"))) == ["message-0"]
    assert (logs.lines[-1]["order_id"], logs.lines[-1]["exception_name"]) == (
        "01a1ff6f-c527-7ef2-b0e1-5bff2dae121a",
        "LookupError",
    )


def test_an_order_that_the_table_does_not_hold_is_shown_to_a_person(shop: World) -> None:
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
def test_a_message_that_is_no_event_is_left_to_a_person_and_nothing_is_written(
    shop: World, logs: Logs, body: str
) -> None:
    assert failures(body) == ["message-0"]
    assert "not an event" in logs.messages()
    assert shop.items() == []


# -- what it may do, and what it tells -----------------------------------------------------------------


def test_no_log_and_no_record_tells_the_address(shop: World, calls: AwsCalls, logs: Logs) -> None:
    """SES names the address in its refusals."""
    event = told_of(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("SendEmail", refuses("MessageRejected", f"Email address is not verified: {EMAIL}"))
    assert notify(event) == ["message-0"]
    assert notify(event) == []
    assert [mail.to for mail in sent()] == [EMAIL]
    assert EMAIL not in logs.text + json.dumps(record_of(shop, event))


def test_the_log_names_the_order_and_the_event(shop: World, logs: Logs) -> None:
    event = told_of(shop, an_order(shop, "fulfilled"))
    notify(event)
    line = logs.lines[-1]
    assert (line["order_id"], line["event"], line["receives"]) == (event.order_id, event.event_id, "1")


def test_its_role_allows_nothing_that_it_never_needs(shop: World) -> None:
    with_profile(shop)
    notify(told_of(shop, an_order(shop, "fulfilled")))
    assert unused("notify_customer") == frozenset()
