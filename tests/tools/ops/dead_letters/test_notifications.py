"""Mails to customers in `show`, and the dead letters of mails that were not sent."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from ordering.domain.clock import as_text, now
from ordering.domain.events.envelope import Event
from ordering.domain.order import OrderFault, OrderId
from ordering.repositories.processed_events import OLDEST_EVENT, Claim, ProcessedEvents
from ordering.repositories.stream import event_of_images
from tests.support.orders import an_order, follow
from tests.support.recorded import queue_event, recorded
from tests.support.ses import prove_sender, sent
from tests.support.world import invoke
from tests.tools.ops.deployed import Deployed

EMAIL = "ada@example.com"
QUEUE = "NotificationsQueueUrl"
# kind → the output that is its queue.
DEAD = {
    "notifications": "NotificationsDeadLetterQueueUrl",
    "undelivered-notifications": "UndeliveredNotificationsQueueUrl",
}


@pytest.fixture
def order(deployed: Deployed) -> OrderId:
    """A confirmed order of a customer who can be reached by mail; no mail about it was sent."""
    order_id = an_order(deployed.world, "confirmed")
    entered = deployed.world.api("put_profile", "PUT /customers/me", {"email": EMAIL})
    assert entered.status == 201
    return order_id


@pytest.fixture(params=DEAD)
def kind(request: pytest.FixtureRequest) -> str:
    """Each of the two kinds."""
    assert isinstance(request.param, str)
    return request.param


def happened(deployed: Deployed, order_id: OrderId) -> Event:
    """The event of the last change of an order."""
    (item,) = (
        each for each in deployed.world.items() if each["PK"] == f"ORDER#{order_id}" and each["SK"] == "ORDER"
    )
    event = event_of_images(None, item)
    assert event
    return event


def body_of(event: Event) -> dict[str, Any]:
    """Returns the event as EventBridge delivers it."""
    detail = json.loads(msgspec.json.encode(event))
    return recorded("eventbridge_order_fulfilled") | {"detail-type": event.type, "detail": detail}


def notify(body: Mapping[str, Any]) -> bool:
    """Let notify_customer handle a message; returns whether it succeeded."""
    return not invoke("events.notify_customer", queue_event(json.dumps(body)))["batchItemFailures"]


def given_up(deployed: Deployed, order_id: OrderId) -> str:
    """Let notify_customer fail at the last change of an order, and give it up; returns the letter's id."""
    body = body_of(happened(deployed, order_id))
    assert not notify(body), "the sender's domain is not proven"
    return deployed.put(DEAD["notifications"], body)


def mails_of(out: str) -> list[str]:
    """Returns the mails that `show` lists, without the times."""
    listed = out.partition("\nmail\n")[2].partition("\n\n")[0]
    return [" ".join(line.split()[1:]) for line in listed.splitlines()]


@pytest.mark.slow
def test_dlq_shows_the_event_and_why_its_mail_was_not_sent(deployed: Deployed, order: OrderId) -> None:
    letter = given_up(deployed, order)
    out = deployed.ops("dlq", "--queue", "notifications").out
    assert "notifications: 1 dead letter (events that notify_customer could not handle)" in out
    assert f"{letter}\n    OrderConfirmed {happened(deployed, order).id}, sent" in out
    assert "cause: failed: NotSent: MessageRejected, 20" in out
    assert EMAIL not in out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fails_before", "because"),
    [(True, "failed: NotSent: MessageRejected, 20"), (False, "notify_customer has recorded no error")],
)
def test_waiting_for_another_event_is_not_an_error_and_hides_none(
    deployed: Deployed, order: OrderId, fails_before: bool, because: str
) -> None:
    body = body_of(happened(deployed, order))
    if fails_before:
        assert not notify(body)
    follow(deployed.world, order, "capture_payment", "book_shipment", "complete_order")
    another = ProcessedEvents(deployed.world.table, "notify_customer").claim(happened(deployed, order))
    assert isinstance(another, Claim)
    assert not notify(body)
    deployed.put(DEAD["notifications"], body)
    assert f"cause: {because}" in deployed.ops("dlq").out
    mails = mails_of(deployed.ops("show", order).out)
    assert mails[:-1] == (["OrderConfirmed failed: NotSent: MessageRejected"] if fails_before else [])
    assert mails[-1] == "OrderFulfilled started"


@pytest.mark.slow
def test_address_in_a_fault_is_redacted(deployed: Deployed, order: OrderId) -> None:
    event = happened(deployed, order)
    consumer = ProcessedEvents(deployed.world.table, "notify_customer")
    claim = consumer.claim(event)
    assert isinstance(claim, Claim)
    consumer.release(claim, OrderFault(at=now(), cause=f"ValueError: {EMAIL}"))
    deployed.put(DEAD["notifications"], body_of(event))
    for out in (deployed.ops("dlq").out, deployed.ops("show", order).out):
        assert "failed: ValueError: [redacted]" in out
        assert EMAIL not in out


@pytest.mark.slow
def test_dlq_says_when_no_error_was_recorded(deployed: Deployed, order: OrderId) -> None:
    deployed.put(DEAD["notifications"], body_of(happened(deployed, order)))
    assert "cause: notify_customer has recorded no error" in deployed.ops("dlq").out


def test_dlq_shows_why_a_notification_was_not_delivered(deployed: Deployed, order: OrderId) -> None:
    deployed.put(
        DEAD["undelivered-notifications"],
        body_of(happened(deployed, order)),
        ERROR_CODE="NO_PERMISSIONS",
        ERROR_MESSAGE="may not send",
    )
    out = deployed.ops("dlq", "--queue", "undelivered-notifications").out
    assert f"OrderConfirmed {happened(deployed, order).id}, sent" in out
    assert "cause: NO_PERMISSIONS: may not send" in out


UNREADABLE = {
    "no JSON": EMAIL,
    "no event": json.dumps({"detail": {"email": EMAIL}}),
    "no time": json.dumps(recorded("eventbridge_order_fulfilled")).replace("2026-11-21T18:47:57.784Z", EMAIL),
    "no offset": json.dumps(recorded("eventbridge_order_fulfilled")).replace("57.784Z", "57.784"),
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_body_that_is_no_event_is_hidden_and_can_only_be_discarded(
    deployed: Deployed, kind: str, body: str
) -> None:
    deployed.put(DEAD[kind], body)
    out = deployed.ops("dlq", "--queue", kind).out
    assert f"{len(body)} characters that are not an event, sent" in out
    assert EMAIL not in out
    redriven = deployed.ops("redrive", "--queue", kind, "--all", "--yes")
    assert redriven.status == 3
    assert "it is not an event, so it cannot be handled; `discard` it" in redriven.out
    assert deployed.in_queue(QUEUE) == []
    discarded = deployed.ops("discard", "--queue", kind, "--all", "--yes")
    assert discarded.status == 0
    assert "discarded: it is not an event" in discarded.out


def test_event_without_a_mail_is_not_redriven(deployed: Deployed, kind: str) -> None:
    order_id = an_order(deployed.world)
    deployed.put(DEAD[kind], body_of(happened(deployed, order_id)))
    ran = deployed.ops("redrive", "--queue", kind, "--order", order_id, "--yes")
    assert ran.status == 3
    assert "customers get no mail about OrderPlaced; `discard` it" in ran.out
    assert deployed.in_queue(QUEUE) == []


@pytest.mark.slow
def test_redriven_event_is_complete_and_its_mail_is_sent(
    deployed: Deployed, order: OrderId, kind: str
) -> None:
    body = body_of(happened(deployed, order))
    assert not notify(body)
    deployed.put(DEAD[kind], body)
    ran = deployed.ops("redrive", "--queue", kind, "--all", "--yes")
    assert ran.status == 0
    assert f"OrderConfirmed {happened(deployed, order).id}: sends it to the" in ran.out
    assert deployed.in_queue(DEAD[kind]) == []
    (message,) = deployed.in_queue(QUEUE)
    assert message == body
    prove_sender()
    assert notify(message)
    assert [mail.to for mail in sent()] == [EMAIL]


@pytest.mark.slow
def test_only_the_order_that_is_named_is_redriven(deployed: Deployed, order: OrderId, kind: str) -> None:
    other = deployed.world.place_order()
    follow(deployed.world, other, "reserve_stock", "authorise_payment", "confirm_order")
    for order_id in (order, other):
        deployed.put(DEAD[kind], body_of(happened(deployed, order_id)))
    assert deployed.ops("redrive", "--queue", kind, "--order", other, "--yes").status == 0
    assert [body["detail"]["orderId"] for body in deployed.in_queue(QUEUE)] == [other]
    assert [body["detail"]["orderId"] for body in deployed.in_queue(DEAD[kind])] == [order]


def test_a_dry_run_sends_nothing(deployed: Deployed, order: OrderId, kind: str) -> None:
    deployed.put(DEAD[kind], body_of(happened(deployed, order)))
    ran = deployed.ops("redrive", "--queue", kind, "--all", "--dry-run")
    assert ran.status == 0
    assert "→ sends it to the notifications queue" in ran.out
    assert deployed.in_queue(QUEUE) == []
    assert len(deployed.in_queue(DEAD[kind])) == 1


@pytest.mark.slow
def test_handled_event_is_not_redriven(deployed: Deployed, order: OrderId, kind: str) -> None:
    body = body_of(happened(deployed, order))
    prove_sender()
    assert notify(body)
    deployed.put(DEAD[kind], body)
    ran = deployed.ops("redrive", "--queue", kind, "--all", "--yes")
    assert ran.status == 0
    assert "removes it: the event has been handled" in ran.out
    assert deployed.in_queue(QUEUE) == deployed.in_queue(DEAD[kind]) == []


@pytest.mark.slow
def test_event_that_a_later_one_has_overtaken_is_not_redriven(deployed: Deployed, order: OrderId) -> None:
    given_up(deployed, order)
    follow(deployed.world, order, "capture_payment", "book_shipment", "complete_order")
    prove_sender()
    assert notify(body_of(happened(deployed, order)))
    ran = deployed.ops("redrive", "--queue", "notifications", "--all", "--yes")
    assert "removes it: a later event of the order has been handled" in ran.out
    assert deployed.in_queue(QUEUE) == []
    assert mails_of(deployed.ops("show", order).out) == [
        "OrderConfirmed failed: NotSent: MessageRejected; a later event has been handled",
        "OrderFulfilled SENT",
    ]


def test_event_older_than_fourteen_days_is_not_redriven(
    deployed: Deployed, order: OrderId, kind: str
) -> None:
    long_ago = as_text(datetime.fromisoformat(now()) - OLDEST_EVENT - timedelta(minutes=1))
    deployed.put(DEAD[kind], body_of(msgspec.structs.replace(happened(deployed, order), time=long_ago)))
    ran = deployed.ops("redrive", "--queue", kind, "--all", "--yes")
    assert "removes it: the event is older than 14 days" in ran.out
    assert deployed.in_queue(QUEUE) == deployed.in_queue(DEAD[kind]) == []


def test_discarding_an_event_names_the_mail_that_is_never_sent(
    deployed: Deployed, order: OrderId, kind: str
) -> None:
    deployed.put(DEAD[kind], body_of(happened(deployed, order)))
    ran = deployed.ops("discard", "--queue", kind, "--all", "--yes")
    assert ran.status == 0
    assert "discarded: the customer gets no mail that the order is CONFIRMED" in ran.out
    assert deployed.in_queue(DEAD[kind]) == []


def test_event_with_a_newer_schema_is_kept_for_the_release_that_reads_it(
    deployed: Deployed, order: OrderId, kind: str
) -> None:
    body = body_of(happened(deployed, order))
    body["detail"]["schemaVersion"] = 2
    deployed.put(DEAD[kind], body)
    ran = deployed.ops("redrive", "--queue", kind, "--all", "--yes")
    assert ran.status == 3
    assert "a later release has published it; once that is deployed" in ran.out
    assert len(deployed.in_queue(DEAD[kind])) == 1
    assert deployed.in_queue(QUEUE) == []


@pytest.mark.slow
def test_discarding_a_handled_event_loses_nothing(deployed: Deployed, order: OrderId, kind: str) -> None:
    body = body_of(happened(deployed, order))
    prove_sender()
    assert notify(body)
    deployed.put(DEAD[kind], body)
    out = deployed.ops("discard", "--queue", kind, "--all", "--yes").out
    assert "discarded: the event has been handled" in out


@pytest.mark.slow
def test_dlq_of_a_stage_without_mail_lists_no_queue_of_mail(deployed: Deployed) -> None:
    deployed.without_mail()
    ran = deployed.ops("dlq")
    assert ran.status == 0
    assert "notifications" not in ran.out


@pytest.mark.parametrize("command", [("dlq",), ("redrive", "--all"), ("discard", "--all")])
def test_queue_of_mail_is_refused_for_a_stage_without_mail(
    deployed: Deployed, command: tuple[str, ...], kind: str
) -> None:
    deployed.without_mail()
    ran = deployed.ops(*command, "--queue", kind)
    assert ran.status == 1
    assert f"stage dev sends no mail, so it has no queue of {kind}" in ran.err
    assert "a stage sends mail where `mail` is set in stacks/settings/stages.py" in ran.err


@pytest.mark.slow
def test_show_lists_mails_without_their_address(deployed: Deployed, order: OrderId) -> None:
    prove_sender()
    assert notify(body_of(happened(deployed, order)))
    out = deployed.ops("show", order).out
    assert mails_of(out) == ["OrderConfirmed SENT"]
    assert EMAIL not in out


@pytest.mark.slow
def test_show_says_when_a_customer_has_no_profile(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, "fulfilled")
    assert notify(body_of(happened(deployed, order_id)))
    assert mails_of(deployed.ops("show", order_id).out) == ["OrderFulfilled NO_PROFILE"]


@pytest.mark.slow
def test_show_says_why_a_mail_was_not_sent_and_where_its_letter_is(
    deployed: Deployed, order: OrderId
) -> None:
    letter = given_up(deployed, order)
    out = deployed.ops("show", order).out
    assert mails_of(out) == ["OrderConfirmed failed: NotSent: MessageRejected"]
    assert f"notifications: {letter}, OrderConfirmed {happened(deployed, order).id}, sent" in out


@pytest.mark.parametrize(
    ("minutes_ago", "says"),
    [(0, "started"), (5, "started, and its invocation died: the mail may have been sent")],
)
def test_show_says_when_a_mail_may_have_been_sent(
    deployed: Deployed, order: OrderId, monkeypatch: pytest.MonkeyPatch, minutes_ago: int, says: str
) -> None:
    event, begun = (
        happened(deployed, order),
        as_text(datetime.fromisoformat(now()) - timedelta(minutes=minutes_ago)),
    )
    with monkeypatch.context() as then:
        then.setattr("ordering.repositories.processed_events.now", lambda: begun)
        assert isinstance(ProcessedEvents(deployed.world.table, "notify_customer").claim(event), Claim)
    out = deployed.ops("show", order).out
    assert mails_of(out) == [f"OrderConfirmed {says}"]
    assert f"mail\n  {begun}  " in out


def test_show_says_when_no_mail_was_sent(deployed: Deployed, order: OrderId) -> None:
    assert "\nmail\n  none\n" in deployed.ops("show", order).out


@pytest.mark.slow
def test_show_of_a_stage_without_mail_lists_only_earlier_mails(deployed: Deployed, order: OrderId) -> None:
    deployed.without_mail()
    assert "mail" not in deployed.ops("show", order).out
    prove_sender()
    assert notify(body_of(happened(deployed, order)))
    assert mails_of(deployed.ops("show", order).out) == ["OrderConfirmed SENT"]


@pytest.mark.slow
def test_the_log_of_notify_customer_can_be_read(deployed: Deployed, order: OrderId) -> None:
    at = int(datetime.fromisoformat(now()).timestamp() * 1000)
    deployed.wrote(
        "NotifyCustomer", at, level="INFO", message="event handled", order_id=order, outcome="SENT"
    )
    line = f"NotifyCustomer      INFO event handled order_id={order} outcome=SENT"
    assert line in deployed.ops("log", "notify_customer").out
    assert "NotifyCustomer      INFO event handled outcome=SENT" in deployed.ops("show", order).out
