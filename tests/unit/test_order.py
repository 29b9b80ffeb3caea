"""An order's life cycle, and how it begins."""

import pytest

from ordering.domain.order import Reason, Status, Transition
from ordering.repositories.updates import transition_order
from tests.support.builders import LATER, NOON, line, order

NEXT = {
    Status.PENDING: {Status.CONFIRMED, Status.REJECTING, Status.CANCELLING},
    Status.CONFIRMED: {Status.FULFILLED, Status.CANCELLING},
    Status.FULFILLED: set(),
    Status.REJECTING: {Status.REJECTED},
    Status.REJECTED: set(),
    Status.CANCELLING: {Status.CANCELLED},
    Status.CANCELLED: set(),
}
EVERY_MOVE = [(start, end) for start in Status for end in Status]


@pytest.mark.parametrize(("start", "end"), EVERY_MOVE, ids=lambda status: status.value)
def test_the_life_cycle_has_the_moves_of_its_table_and_no_other(start: Status, end: Status) -> None:
    assert start.may_become(end) == (end in NEXT[start])


@pytest.mark.parametrize("status", Status)
def test_an_order_has_ended_where_no_move_leads_on(status: Status) -> None:
    assert status.is_terminal == (not NEXT[status])


@pytest.mark.parametrize("status", Status)
def test_an_order_compensates_while_it_is_rejecting_or_cancelling(status: Status) -> None:
    assert status.is_compensating == (status in {Status.REJECTING, Status.CANCELLING})


def test_every_order_can_come_to_an_end() -> None:
    ending = {status for status in Status if not NEXT[status]}
    while further := {start for start, ends in NEXT.items() if ends & ending} - ending:
        ending |= further
    assert ending == set(Status)


def test_no_order_goes_in_circles() -> None:
    assert not any(start in _reachable(start) for start in Status)


def test_no_order_that_compensates_is_ever_fulfilled() -> None:
    assert not [start for start in Status if start.is_compensating and Status.FULFILLED in _reachable(start)]


@pytest.mark.parametrize(
    ("start", "end"), [(a, b) for a, b in EVERY_MOVE if b not in NEXT[a]], ids=lambda status: status.value
)
def test_the_table_is_never_asked_for_a_move_that_the_life_cycle_does_not_have(
    start: Status, end: Status
) -> None:
    with pytest.raises(ValueError, match=f"{start} cannot become {end}"):
        transition_order(order(start), end, LATER)


def test_an_accepted_order_is_pending() -> None:
    assert order().status is Status.PENDING


def test_an_accepted_order_has_its_first_version() -> None:
    assert order().version == 1


def test_an_accepted_order_begins_its_history() -> None:
    assert order().history == (Transition(status=Status.PENDING, at=NOON),)


def test_an_accepted_order_was_created_when_it_was_last_changed() -> None:
    assert (order().created_at, order().updated_at) == (NOON, NOON)


def test_an_accepted_order_has_no_reason_not_to_be_fulfilled() -> None:
    assert order().reason is None


def test_nothing_is_added_to_the_prices_of_an_order() -> None:
    placed = order(Status.PENDING, line(quantity=3, unit_price=199))
    assert (placed.subtotal, placed.tax, placed.shipping, placed.discount) == (597, 0, 0, 0)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_the_same_word_in_every_place(reason: Reason) -> None:
    assert reason.value == reason.name


@pytest.mark.parametrize("status", Status)
def test_a_status_is_the_same_word_in_every_place(status: Status) -> None:
    assert status.value == status.name


def _reachable(start: Status) -> set[Status]:
    reached: set[Status] = set()
    ahead = set(NEXT[start])
    while ahead:
        reached |= ahead
        ahead = {end for each in ahead for end in NEXT[each]} - reached
    return reached
