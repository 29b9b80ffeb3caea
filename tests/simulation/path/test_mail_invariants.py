"""The checks of the mail that customers get: each check finds its violation."""

from collections.abc import Sequence
from typing import Any

import pytest

from ordering.dynamodb.conflicts import DELAYS as CONFLICT_DELAYS
from tests.support import mail_invariants
from tests.support.backend import Backend
from tests.support.calls import InjectedFault
from tests.support.faults import Conflict, ProcessLost, ResponseLost, Throttled
from tests.support.injection_points import InjectionPoint, When
from tests.support.mailbox import DeliveredMail
from tests.support.world import ADDRESS

EMAIL = "ada@example.com"


@pytest.fixture
def notified(shop: Backend) -> Backend:
    """A shop whose customer was notified that their order is confirmed, and that it is on its way."""
    shop.begin(
        "notified by mail", lambda world: world.stocked().with_profile(EMAIL), consumers=["notify_customer"]
    )
    shop.alice.place(("MUG-RED", 2))
    shop.run_to_the_end()
    return shop


def found(
    shop: Backend,
    mails: Sequence[DeliveredMail],
    *injected: InjectedFault,
    items: Sequence[dict[str, Any]] | None = None,
    ended: bool = True,
) -> list[str]:
    """Returns the violations that are found in the shop if these mails were sent."""
    known = shop.world.items() if items is None else items
    violations = mail_invariants.violations(shop.stream.changes, mails, injected, known, ended=ended)
    return [violation.replace(shop.alice.order_id, "<id>") for violation in violations]


def at(mail: DeliveredMail, when: When, trouble: type[BaseException]) -> InjectedFault:
    """Returns a fault at the call that sent a mail."""
    assert mail.call
    return InjectedFault(InjectionPoint(when, mail.call.step, mail.call), trouble)


def test_one_mail_for_each_change_is_no_violation(notified: Backend) -> None:
    assert found(notified, notified.mailbox.sent) == []


def test_a_missing_mail_about_the_end_is_noticed(notified: Backend) -> None:
    confirmed, _ = notified.mailbox.sent
    assert found(notified, [confirmed]) == ["5: the customer was not notified that order <id> is FULFILLED"]
    assert found(notified, [confirmed], ended=False) == []


def test_a_duplicate_mail_is_noticed(notified: Backend) -> None:
    confirmed, fulfilled = notified.mailbox.sent
    assert found(notified, [confirmed, fulfilled, fulfilled]) == [
        "5: order <id>: FULFILLED was mailed twice without need"
    ]


@pytest.mark.parametrize("trouble", [ResponseLost, ProcessLost])
def test_one_duplicate_is_allowed_after_a_lost_response_or_process(
    notified: Backend, trouble: type[BaseException]
) -> None:
    confirmed, fulfilled = notified.mailbox.sent
    doubt = at(fulfilled, When.AFTER, trouble)
    assert found(notified, [confirmed, fulfilled, fulfilled], doubt) == []


@pytest.mark.parametrize(("conflicts", "is_allowed"), [(1, False), (len(CONFLICT_DELAYS) + 1, True)])
def test_a_duplicate_is_allowed_only_if_the_record_conflicts_at_every_attempt(
    notified: Backend, conflicts: int, is_allowed: bool
) -> None:
    confirmed, fulfilled = notified.mailbox.sent
    assert fulfilled.call
    record = fulfilled.call._replace(target="dynamodb.UpdateItem", place=fulfilled.call.place + 1)
    injected = InjectedFault(InjectionPoint(When.BEFORE, record.step, record), Conflict)
    assert (found(notified, [confirmed, fulfilled, fulfilled], *[injected] * conflicts) == []) is is_allowed


def test_a_second_duplicate_is_noticed(notified: Backend) -> None:
    confirmed, fulfilled = notified.mailbox.sent
    again = fulfilled._replace(call=confirmed.call)
    doubt = at(fulfilled, When.AFTER, ProcessLost)
    assert found(notified, [confirmed, fulfilled, again, again], doubt) == [
        "5: order <id>: FULFILLED was mailed twice without need"
    ]


@pytest.mark.parametrize(
    ("when", "trouble"), [(When.BEFORE, ProcessLost), (When.AFTER, Throttled), (When.BEFORE, ResponseLost)]
)
def test_other_faults_do_not_allow_a_duplicate(
    notified: Backend, when: When, trouble: type[BaseException]
) -> None:
    confirmed, fulfilled = notified.mailbox.sent
    doubt = at(fulfilled, when, trouble)
    assert len(found(notified, [confirmed, fulfilled, fulfilled], doubt)) == 1


def test_a_duplicate_after_the_record_is_always_noticed(
    notified: Backend,
) -> None:
    confirmed, fulfilled = notified.mailbox.sent
    again = fulfilled._replace(changes=len(notified.stream.changes))
    doubt = at(fulfilled, When.AFTER, ProcessLost)
    assert found(notified, [confirmed, fulfilled, again], doubt) == [
        "5: order <id>: FULFILLED was mailed again after it was recorded"
    ]


def test_an_outdated_mail_is_noticed(notified: Backend) -> None:
    confirmed, fulfilled = notified.mailbox.sent
    late = confirmed._replace(changes=len(notified.stream.changes))
    assert found(notified, [fulfilled, late]) == ["5: order <id>: CONFIRMED was mailed after a newer change"]


def test_a_mail_to_another_address_is_noticed(notified: Backend) -> None:
    confirmed, fulfilled = notified.mailbox.sent
    misaddressed = fulfilled._replace(to="mallory@example.com")
    assert found(notified, [confirmed, misaddressed]) == [
        "5: a mail about order <id> went to another address than its customer's"
    ]


def test_a_mail_to_a_customer_without_a_profile_is_noticed(notified: Backend) -> None:
    items = [item for item in notified.world.items() if item["SK"] != "PROFILE"]
    assert len(found(notified, notified.mailbox.sent, items=items)) == 2


@pytest.mark.parametrize("secret", ["tok_ok", ADDRESS["line1"], ADDRESS["name"], EMAIL])
def test_a_mail_with_a_token_or_an_address_is_noticed(notified: Backend, secret: str) -> None:
    confirmed, fulfilled = notified.mailbox.sent
    disclosing = fulfilled._replace(text=f"{secret}\n{fulfilled.text}")
    assert found(notified, [confirmed, disclosing]) == [
        "5: a mail of subject `Your order is on its way` contains a payment token or an address"
    ]
