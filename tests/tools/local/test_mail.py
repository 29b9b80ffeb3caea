"""The mail as people see it: the engine's inbox, read over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from console.progress import StepFailed, say
from local import mail, sample
from ordering.domain.languages import Language
from ordering.domain.notifications import NOTIFIED_EVENTS, email_for
from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.refund import RefundStatus
from tests.support import builders
from tests.support.loopback import Canned, Loopback, serving

INBOX = "/_ministack/ses/messages"
PLACED = 1795262400.0  # 2026-11-21T12:00:00Z
FULFILLED = {
    "orderId": "o-1",
    "history": [
        {"status": "PENDING", "at": "2026-11-21T12:00:00.000Z"},
        {"status": "FULFILLED", "at": "2026-11-21T12:00:02.000Z"},
    ],
}


def sent(order_id: str, subject: str, after: float, to: str = "alice@example.com") -> dict[str, Any]:
    """A mail as the engine shows it, so many seconds after the order was placed."""
    text = f"Hello,\n\nsome words\n\nOrder {order_id}\n"
    return {"To": [to], "Subject": subject, "BodyText": text, "Timestamp": PLACED + after}


@pytest.fixture
def engine() -> Iterator[Loopback]:
    with serving() as engine:
        yield engine


def hold(engine: Loopback, **accounts: list[dict[str, Any]]) -> None:
    engine.responses[INBOX] = Canned({"messages": accounts})


def test_the_newest_mail_comes_last_whatever_account_it_was_sent_from(engine: Loopback) -> None:
    hold(engine, one=[sent("o-1", "second", 2), sent("o-1", "third", 3)], other=[sent("o-2", "first", 1)])

    assert [each.subject for each in mail.inbox(engine.url)] == ["first", "second", "third"]


def test_inbox_without_mail_is_empty(engine: Loopback) -> None:
    hold(engine)

    assert mail.inbox(engine.url) == []


def test_an_engine_that_is_gone_is_a_failure_with_a_remedy() -> None:
    with serving() as gone:
        pass

    with pytest.raises(StepFailed, match="inbox cannot be read") as failed:
        mail.inbox(gone.url)
    assert "make status" in failed.value.remedy


def test_an_engine_without_an_inbox_is_a_failure_with_a_remedy(engine: Loopback) -> None:
    with pytest.raises(StepFailed, match="returned 404") as failed:
        mail.inbox(engine.url)
    assert "make logs" in failed.value.remedy


def test_mail_of_an_order_is_complete_once_its_last_mail_arrived(engine: Loopback) -> None:
    first, last = sent("o-1", "We have your order", 1), sent("o-1", "Your order is on its way", 2)
    hold(engine, account=[first, sent("o-2", "Your order is on its way", 1.5), last])

    found = mail.await_last(engine.url, "o-1", within=0)

    assert [each.subject for each in found] == [first["Subject"], last["Subject"]]


@pytest.mark.parametrize(
    "held",
    [[], [sent("o-1", "We have your order", 1)], [sent("o-2", "Your order is on its way", 1)]],
    ids=["nothing", "the first one alone", "another order's"],
)
def test_missing_last_mail_is_a_failure_with_a_remedy(engine: Loopback, held: list[dict[str, Any]]) -> None:
    hold(engine, account=held)

    with pytest.raises(StepFailed, match="the end of order o-1") as failed:
        mail.await_last(engine.url, "o-1", within=0)
    assert "make logs" in failed.value.remedy


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("status", NOTIFIED_EVENTS.values())
def test_the_last_mail_of_an_order_is_known_by_its_subject(
    engine: Loopback, status: Status | RefundStatus, language: Language
) -> None:
    """The command line runs without the app's own code, and has its words twice."""
    order = builders.order(status if isinstance(status, Status) else Status.FULFILLED)
    notice = email_for(status, OrderDetails(order=order), language=language)
    hold(engine, account=[sent("o-1", notice.subject, 1)])

    if status != Status.CONFIRMED:
        assert mail.await_last(engine.url, "o-1", within=0)
    else:
        with pytest.raises(StepFailed):
            mail.await_last(engine.url, "o-1", within=0)


def test_beside_the_timeline_only_the_last_mail_is_shown_in_full(engine: Loopback) -> None:
    hold(engine, account=[sent("o-1", "We have your order", 1.5), sent("o-1", "On its way", 2.25)])
    mails = mail.inbox(engine.url)

    assert list(mail.beside_the_timeline(mails, FULFILLED)) == [
        "12:00:01.500   +1.500 s  mail to alice@example.com: We have your order",
        "12:00:02.250   +2.250 s  mail to alice@example.com: On its way",
        "  | Hello,",
        "  |",
        "  | some words",
        "  |",
        "  | Order o-1",
    ]
    assert mail.seconds_after(mails, FULFILLED) == 0.25


def test_the_inbox_is_read_mail_by_mail(engine: Loopback) -> None:
    hold(engine, account=[sent("o-1", "On its way", 0), sent("o-2", "Cancelled", 60, "bob@example.com")])

    lines = list(mail.to_read(mail.inbox(engine.url)))

    assert lines[0] == "2026-11-21 12:00:00Z  to alice@example.com: On its way"
    assert lines[5:8] == ["  | Order o-1", "", "2026-11-21 12:01:00Z  to bob@example.com: Cancelled"]


def test_a_profile_that_is_there_is_left_as_it_is(engine: Loopback) -> None:
    """The server answers no PUT: one would fail."""
    engine.responses["/customers/me"] = Canned({"email": "a@example.org"})

    assert sample.has_profile(engine.url, "token")
    assert not sample.enter_profile(engine.url, "token")


def test_an_api_that_does_not_show_the_profile_is_a_failure_with_a_remedy(engine: Loopback) -> None:
    engine.responses["/customers/me"] = Canned({"message": "Forbidden"}, status=403)

    with pytest.raises(StepFailed, match="returned 403"):
        sample.has_profile(engine.url, "token")


ODD = [
    {},
    {"To": None, "Subject": None, "BodyText": None, "Timestamp": PLACED},
    {"To": ["a@b.example"], "Subject": "x", "BodyText": None, "Timestamp": 1e30},
    {"To": ["a@b.example"], "Subject": None, "BodyText": None, "Timestamp": "yesterday"},
    "no mail",
    None,
    [5],
]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_mail_of_another_sender_hides_no_other(engine: Loopback, odd: Any) -> None:
    hold(engine, one=[odd, sent("o-1", "Your order is on its way", 2)])
    mails = mail.inbox(engine.url)
    assert len(mails) == 2
    assert [each.subject for each in mail.of_order(mails, "o-1")] == ["Your order is on its way"]
    assert list(mail.to_read(mails))


def test_text_of_a_mail_cannot_forge_a_line(engine: Loopback, capsys: pytest.CaptureFixture[str]) -> None:
    forged = sent("o-1", "one\ntwo\u2028three", 2, to="ada\x1b[2J@example.com")
    forged["BodyText"] = "first\r\nsecond\u2028third\x85fourth\u202e"
    hold(engine, one=[forged])
    for line in mail.to_read(mail.inbox(engine.url)):
        say(line)
    heading, *text = capsys.readouterr().out.splitlines()
    assert r"ada\x1b[2J@example.com: one\ntwo\u2028three" in heading
    assert text == ["  | first", r"  | second\u2028third\x85fourth\u202e"]


@pytest.mark.parametrize("body", [b"<html>", b"[" * 100_000, b"\xff", b'{"messages": 5}', b"[]"], ids=repr)
def test_invalid_inbox_is_a_failure_with_a_remedy(engine: Loopback, body: bytes) -> None:
    engine.responses[INBOX] = Canned(body)
    with pytest.raises(StepFailed, match="inbox"):
        mail.inbox(engine.url)
