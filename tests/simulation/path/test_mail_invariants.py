"""The checker of what customers are told by mail: it notices what it is there for."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.support import mail_invariants
from tests.support.backend import Backend
from tests.support.calls import Strike
from tests.support.faults import AnswerLost, ProcessLost, Throttled
from tests.support.injection_points import Moment, When
from tests.support.post_office import DeliveredMail
from tests.support.world import ADDRESS

EMAIL = "ada@example.com"


@pytest.fixture
def told(shop: Backend) -> Backend:
    """A shop whose customer was told that their order is confirmed, and that it is on its way."""
    shop.begin("told by mail", lambda world: world.stocked().with_profile(EMAIL), mail=True)
    shop.alice.place(("MUG-RED", 2))
    shop.come_to_the_end()
    return shop


def found(
    shop: Backend,
    mails: Sequence[DeliveredMail],
    *struck: Strike,
    items: Sequence[dict[str, Any]] | None = None,
    ended: bool = True,
) -> list[str]:
    """What is found in the shop, had these mails been sent."""
    known = shop.world.items() if items is None else items
    violations = mail_invariants.violations(shop.stream.changes, mails, struck, known, ended=ended)
    return [violation.replace(shop.alice.order_id, "<id>") for violation in violations]


def at(mail: DeliveredMail, when: When, trouble: type[BaseException]) -> Strike:
    """Something that went wrong where a mail was sent."""
    assert mail.call
    return Strike(Moment(when, mail.call.step, mail.call), trouble)


def test_nothing_is_found_where_each_thing_was_told_once(told: Backend) -> None:
    assert found(told, told.post.sent) == []


def test_who_was_not_told_of_the_end_is_noticed(told: Backend) -> None:
    confirmed, _ = told.post.sent
    assert found(told, [confirmed]) == ["5: nobody was told that order <id> is FULFILLED"]
    assert found(told, [confirmed], ended=False) == []


def test_what_was_told_twice_is_noticed(told: Backend) -> None:
    confirmed, fulfilled = told.post.sent
    assert found(told, [confirmed, fulfilled, fulfilled]) == [
        "5: order <id>: FULFILLED was told again without need"
    ]


@pytest.mark.parametrize("trouble", [AnswerLost, ProcessLost])
def test_what_was_in_doubt_may_be_told_once_more(told: Backend, trouble: type[BaseException]) -> None:
    confirmed, fulfilled = told.post.sent
    doubt = at(fulfilled, When.AFTER, trouble)
    assert found(told, [confirmed, fulfilled, fulfilled], doubt) == []


def test_what_was_in_doubt_may_be_told_no_more_than_once_more(told: Backend) -> None:
    confirmed, fulfilled = told.post.sent
    again = fulfilled._replace(call=confirmed.call)
    doubt = at(fulfilled, When.AFTER, ProcessLost)
    assert found(told, [confirmed, fulfilled, again, again], doubt) == [
        "5: order <id>: FULFILLED was told again without need"
    ]


@pytest.mark.parametrize(
    ("when", "trouble"), [(When.BEFORE, ProcessLost), (When.AFTER, Throttled), (When.BEFORE, AnswerLost)]
)
def test_what_was_never_in_doubt_may_not(told: Backend, when: When, trouble: type[BaseException]) -> None:
    confirmed, fulfilled = told.post.sent
    doubt = at(fulfilled, when, trouble)
    assert len(found(told, [confirmed, fulfilled, fulfilled], doubt)) == 1


def test_what_was_told_again_after_it_was_recorded_is_noticed_whatever_had_gone_wrong(told: Backend) -> None:
    confirmed, fulfilled = told.post.sent
    again = fulfilled._replace(changes=len(told.stream.changes))
    doubt = at(fulfilled, When.AFTER, ProcessLost)
    assert found(told, [confirmed, fulfilled, again], doubt) == [
        "5: order <id>: FULFILLED was told again though it was recorded"
    ]


def test_old_news_is_noticed(told: Backend) -> None:
    confirmed, fulfilled = told.post.sent
    late = confirmed._replace(changes=len(told.stream.changes))
    assert found(told, [fulfilled, late]) == ["5: order <id>: CONFIRMED was told after something newer"]


def test_mail_to_somebody_else_is_noticed(told: Backend) -> None:
    confirmed, fulfilled = told.post.sent
    astray = fulfilled._replace(to="mallory@example.com")
    assert found(told, [confirmed, astray]) == [
        "5: of order <id> somebody was told who left no address for it"
    ]


def test_mail_to_whoever_left_no_address_is_noticed(told: Backend) -> None:
    items = [item for item in told.world.items() if item["SK"] != "PROFILE"]
    assert len(found(told, told.post.sent, items=items)) == 2


@pytest.mark.parametrize("secret", ["tok_ok", ADDRESS["line1"], ADDRESS["name"], EMAIL])
def test_a_mail_that_holds_too_much_is_noticed(told: Backend, secret: str) -> None:
    confirmed, fulfilled = told.post.sent
    blabbing = fulfilled._replace(text=f"{secret}\n{fulfilled.text}")
    assert found(told, [confirmed, blabbing]) == [
        "5: a mail of subject `Your order is on its way` holds a payment token or an address"
    ]
