"""The statuses of an order, their transitions, and a newly accepted order."""

import pytest

from ordering.domain.order import Reason, Status, Transition
from ordering.guards import Guard
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
EVERY_PAIR = [(start, end) for start in Status for end in Status]


@pytest.mark.parametrize(("start", "end"), EVERY_PAIR, ids=lambda status: status.value)
def test_status_allows_exactly_the_listed_transitions(start: Status, end: Status) -> None:
    assert start.may_become(end) == (end in NEXT[start])


@pytest.mark.parametrize("status", Status)
def test_status_is_terminal_exactly_if_it_has_no_transition(status: Status) -> None:
    assert status.is_terminal == (not NEXT[status])


@pytest.mark.parametrize("status", Status)
def test_status_is_compensating_only_for_rejecting_and_cancelling(status: Status) -> None:
    assert status.is_compensating == (status in {Status.REJECTING, Status.CANCELLING})


def test_every_status_leads_to_a_terminal_status() -> None:
    ending = {status for status in Status if not NEXT[status]}
    while further := {start for start, ends in NEXT.items() if ends & ending} - ending:
        ending |= further
    assert ending == set(Status)


def test_no_status_can_be_reached_from_itself() -> None:
    assert not any(start in _reachable(start) for start in Status)


def test_compensating_order_can_never_be_fulfilled() -> None:
    assert not [start for start in Status if start.is_compensating and Status.FULFILLED in _reachable(start)]


@pytest.mark.parametrize(
    ("start", "end"),
    [(a, b) for a, b in EVERY_PAIR if b not in NEXT[a]],
    ids=lambda status: status.value,
)
def test_transition_outside_the_life_cycle_is_never_written(start: Status, end: Status) -> None:
    with pytest.raises(ValueError, match=f"{start} cannot become {end}"):
        transition_order(order(start), end, LATER, Guard.CONFIRM_ORDER)


def test_accepted_order_is_pending() -> None:
    assert order().status is Status.PENDING


def test_accepted_order_has_version_1() -> None:
    assert order().version == 1


def test_history_of_an_accepted_order_has_one_entry() -> None:
    assert order().history == (Transition(status=Status.PENDING, at=NOON),)


def test_accepted_order_has_equal_creation_and_update_times() -> None:
    assert (order().created_at, order().updated_at) == (NOON, NOON)


def test_accepted_order_has_no_reason() -> None:
    assert order().reason is None


def test_order_total_has_no_tax_shipping_or_discount() -> None:
    placed = order(Status.PENDING, line(quantity=3, unit_price=199))
    assert (placed.subtotal, placed.tax, placed.shipping, placed.discount) == (597, 0, 0, 0)


@pytest.mark.parametrize("reason", Reason)
def test_reason_has_the_same_name_and_value(reason: Reason) -> None:
    assert reason.value == reason.name


@pytest.mark.parametrize("status", Status)
def test_status_has_the_same_name_and_value(status: Status) -> None:
    assert status.value == status.name


def _reachable(start: Status) -> set[Status]:
    reached: set[Status] = set()
    ahead = set(NEXT[start])
    while ahead:
        reached |= ahead
        ahead = {end for each in ahead for end in NEXT[each]} - reached
    return reached
