"""Cancel shipment: a booked shipment is cancelled at the carrier, once. Guarantee 3."""

import pytest

from lambdas.saga import cancel_shipment
from ordering.domain.order import OrderId
from ordering.domain.shipment import ShipmentStatus
from ordering.providers.faults import GatewayUnavailable
from ordering.providers.sandbox_shipping import SandboxShipping
from ordering.providers.shipping import ShippingAnswer
from ordering.repositories.keys import order_keys
from tests.handlers.saga.compensating import records, turned_back
from tests.support.orders import overwrite, then_meanwhile
from tests.support.world import World


class CarrierAway(SandboxShipping):
    """A carrier that cannot be reached."""

    def cancel(self, reference: str) -> ShippingAnswer:
        raise GatewayUnavailable


def ledger_of_shipment(world: World, order_id: OrderId) -> str:
    shipment = world.details(order_id).shipment
    assert shipment
    return shipment.status


def test_a_booked_shipment_is_cancelled(world: World) -> None:
    assert world.step("cancel_shipment", turned_back(world, "booked")) == "SETTLED"


def test_booked_shipment_is_cancelled_at_the_carrier_and_in_the_ledger(world: World) -> None:
    order_id = turned_back(world, "booked")
    world.step("cancel_shipment", order_id)
    (record,) = records(world, "SHIPMENT#")
    assert (record["status"], ledger_of_shipment(world, order_id)) == ("CANCELLED", "CANCELLED")


def test_refused_shipment_counts_as_settled(world: World) -> None:
    order_id = turned_back(world, "booked", country="AQ")
    world.step("cancel_shipment", order_id)
    assert ledger_of_shipment(world, order_id) == "CANCELLED"


def test_shipment_of_unknown_outcome_is_cancelled_at_the_carrier(world: World) -> None:
    order_id = turned_back(world, "booked")
    overwrite(world, order_keys.shipment(order_id), status=ShipmentStatus.INTENDED)
    world.step("cancel_shipment", order_id)
    (record,) = records(world, "SHIPMENT#")
    assert record["status"] == "CANCELLED"


def test_cancelled_shipment_that_was_never_booked_cannot_be_booked(world: World) -> None:
    order_id = turned_back(world, "booked")
    overwrite(world, order_keys.shipment(order_id), status=ShipmentStatus.INTENDED)
    world.provider_table.delete({"PK": f"SHIPMENT#{order_id}"})
    world.step("cancel_shipment", order_id)
    address = world.details(order_id).address
    assert address
    assert (
        SandboxShipping(world.provider_table).book(reference=order_id, address=address).status == "CANCELLED"
    )


def test_carrier_is_not_called_without_a_shipment(world: World) -> None:
    order_id = turned_back(world, "confirmed")
    assert (world.step("cancel_shipment", order_id), records(world, "SHIPMENT#")) == ("SETTLED", [])


def test_a_shipment_is_cancelled_once(world: World) -> None:
    order_id = turned_back(world, "booked")
    world.step("cancel_shipment", order_id)
    before = world.items(), world.provider_records()
    assert world.step("cancel_shipment", order_id) == "SETTLED"
    assert (world.items(), world.provider_records()) == before


def test_two_concurrent_shipment_cancellations_write_one_record(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = turned_back(world, "booked")
    then_meanwhile(monkeypatch, lambda: world.step("cancel_shipment", order_id))
    world.step("cancel_shipment", order_id)
    shipment = world.details(order_id).shipment
    assert shipment
    assert shipment.version == 3


def test_unreachable_carrier_is_a_fault(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = turned_back(world, "booked")
    monkeypatch.setattr(cancel_shipment, "carrier", CarrierAway(world.provider_table))
    with pytest.raises(GatewayUnavailable):
        world.step("cancel_shipment", order_id)
    assert ledger_of_shipment(world, order_id) == "BOOKED"
