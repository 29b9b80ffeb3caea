"""The guards of the model are those of the code: each removes its own conditions, and no other."""

from collections.abc import Iterator, Mapping, Sequence

import pytest

from ordering.domain.order import Reason, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import ReservationStatus
from ordering.dynamodb.client import Table
from ordering.dynamodb.transaction import WriteAction
from ordering.guards import Guard, without
from ordering.repositories.ledger import Ledger
from ordering.repositories.order_transitions import OrderTransitions
from tests.simulation.model.conditions import CONDITIONS, Condition, conditions_of
from tests.support import builders
from tests.support.environment import TABLE

AT = builders.NOON


class ConditionRecorder(Table):
    """A table that accepts every transaction and keeps its conditions."""

    def __init__(self) -> None:
        super().__init__(TABLE)
        self.does = ""
        self.conditions: set[Condition] = set()

    def transact(self, actions: Mapping[str, WriteAction], delays: Sequence[float] | None = None) -> None:
        """Record the conditions of a transaction that are not switched off."""
        self.conditions.update(conditions_of(self.does, dict(_active_conditions(actions))))


def test_the_code_writes_every_condition_of_the_model() -> None:
    assert _written_conditions() == set(CONDITIONS)


@pytest.mark.parametrize("guard", sorted(set(CONDITIONS.values()), key=str), ids=lambda guard: guard.name)
def test_switching_a_guard_off_removes_exactly_its_conditions(guard: Guard) -> None:
    with without({guard: None}):
        assert set(CONDITIONS) - _written_conditions() == {
            each for each, by in CONDITIONS.items() if by is guard
        }


def _active_conditions(actions: Mapping[str, WriteAction]) -> Iterator[tuple[str, WriteAction]]:
    for name, action in actions.items():
        ((_, request),) = action.items()
        if "OR attribute_exists(PK)" not in request.get("ConditionExpression", ""):
            yield name, action


def _written_conditions() -> set[Condition]:
    table = ConditionRecorder()
    ledger, life_cycle = Ledger(table), OrderTransitions(table)
    pending, confirmed = builders.order(Status.PENDING), builders.order(Status.CONFIRMED)

    table.does = "reserve"
    ledger.reserve(pending, AT)
    table.does = "open_payment"
    ledger.open_payment(pending, 1, "pay_1", AT)
    ledger.open_payment(confirmed, 2, "pay_2", AT)
    table.does = "intend"
    ledger.intend_shipment(confirmed, AT)
    table.does = "release"
    ledger.release(builders.reservation(), AT)
    table.does = "confirm"
    life_cycle.confirm(_details(Status.PENDING), AT)
    table.does = "complete"
    life_cycle.complete(_details(Status.CONFIRMED), AT)
    table.does = "reject"
    life_cycle.reject(_details(Status.PENDING), Reason.OUT_OF_STOCK, AT)
    life_cycle.reject(_details(Status.PENDING), Reason.PAYMENT_DECLINED, AT)
    table.does = "turn_back"
    life_cycle.cancel_by_system(_details(Status.CONFIRMED), Reason.SHIPMENT_REFUSED, AT)
    life_cycle.cancel_by_system(_details(Status.CONFIRMED), Reason.CAPTURE_REFUSED, AT)
    table.does = "cancels the order"
    life_cycle.request_cancellation(_details(Status.PENDING), AT)
    life_cycle.request_cancellation(_details(Status.CONFIRMED), AT)
    table.does = "close"
    life_cycle.close(_details(Status.REJECTING), AT)
    life_cycle.close(_details(Status.CANCELLING), AT)
    return table.conditions


def _details(status: Status) -> OrderDetails:
    return OrderDetails(
        order=builders.order(status),
        reservation=builders.reservation(ReservationStatus.HELD),
        payments=(builders.payment(PaymentStatus.AUTHORISED),),
        shipment=builders.shipment(ShipmentStatus.BOOKED),
    )
