"""Guarantee 4: an order is parked for a fault of its own, and not during an outage."""

import pytest

from ordering.domain.order import OrderFault
from ordering.resilience.diagnosis import Diagnosis, FaultKind
from ordering.resilience.parking import must_park, next_fault

_ORDERS_OWN, _PROVIDERS = Diagnosis(FaultKind.ORDER), Diagnosis(FaultKind.PROVIDER, "payments")


def _at(hours: float) -> str:
    """Returns the time so many hours after midnight."""
    return f"2026-11-{21 + int(hours // 24):02d}T{int(hours % 24):02d}:{round(hours % 1 * 60):02d}:00.000Z"


def _fail(diagnosis: Diagnosis, times: int, *, every: float, others: bool) -> OrderFault:
    """Returns the fault of an order that failed `times`, `every` so many hours.

    `others`: whether other orders ended in between.
    """
    fault = None
    for number in range(times):
        hours = number * every
        fault = next_fault(
            fault,
            diagnosis,
            "",
            at=_at(hours),
            others_ended_at=_at(hours - every / 2) if others and number else None,
        )
    assert fault
    return fault


@pytest.mark.parametrize(
    ("diagnosis", "times", "every", "parked"),
    [
        (_ORDERS_OWN, 4, 1.0, False),
        (_ORDERS_OWN, 5, 0.2, False),
        (_ORDERS_OWN, 5, 0.25, True),
        (_PROVIDERS, 30, 0.5, False),
        (_PROVIDERS, 49, 0.5, True),
        (_PROVIDERS, 19, 2.0, False),
    ],
)
def test_order_is_parked_for_a_fault_of_its_own(
    diagnosis: Diagnosis, times: int, every: float, parked: bool
) -> None:
    assert must_park(_fail(diagnosis, times, every=every, others=True), 900) is parked


@pytest.mark.parametrize("diagnosis", [_ORDERS_OWN, _PROVIDERS])
def test_no_order_is_parked_while_no_other_order_ends(diagnosis: Diagnosis) -> None:
    assert not must_park(_fail(diagnosis, 160, every=1.0, others=False), 900)


def test_fault_of_another_kind_restarts_the_count() -> None:
    own = _fail(_ORDERS_OWN, 9, every=1.0, others=True)
    fault = next_fault(own, _PROVIDERS, "", at=_at(10), others_ended_at=_at(9.9))
    assert (fault.count, fault.since) == (1, _at(10))


def test_fault_recorded_by_an_earlier_release_is_readable() -> None:
    fault = next_fault(OrderFault(at=_at(0), cause="x"), _ORDERS_OWN, "", at=_at(1), others_ended_at=None)
    assert (fault.count, fault.kind) == (1, FaultKind.ORDER)
