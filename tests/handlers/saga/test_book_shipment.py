"""Book shipment: the intent is recorded before the carrier is called."""

import pytest
from msgspec import convert

from lambdas.saga import book_shipment
from ordering.domain.order import OrderId
from ordering.domain.shipment import Address, Shipment
from ordering.dynamodb.client import TransactionCancelled
from ordering.providers.faults import GatewayUnavailable
from ordering.providers.sandbox_shipping import SandboxShipping
from ordering.providers.shipping import ShippingAnswer
from ordering.repositories.keys import order_keys
from tests.support.aws_calls import CONFLICT_ATTEMPTS, AwsCalls, contended
from tests.support.orders import an_order, cancel, follow, overwrite, then_meanwhile
from tests.support.world import ADDRESS, World


class Away(SandboxShipping):
    """A carrier that cannot be reached."""

    def book(self, *, reference: str, address: Address) -> ShippingAnswer:
        raise GatewayUnavailable


def book(world: World, order_id: OrderId) -> str:
    return world.step("book_shipment", order_id)


def shipment_of(world: World, order_id: OrderId) -> Shipment:
    shipment = world.details(order_id).shipment
    assert shipment
    return shipment


def bookings(world: World) -> list[str]:
    """Returns the status of each of the carrier's shipments."""
    return [record["status"] for record in world.provider_records() if record["PK"].startswith("SHIPMENT#")]


def intended(world: World, monkeypatch: pytest.MonkeyPatch) -> OrderId:
    """Returns an order whose carrier could not be reached."""
    order_id = an_order(world, "confirmed")
    with monkeypatch.context() as patched:
        patched.setattr(book_shipment, "carrier", Away(world.provider_table))
        with pytest.raises(GatewayUnavailable):
            book(world, order_id)
    return order_id


# -- fresh ---------------------------------------------------------------------------------------------


def test_a_shipment_is_booked(world: World) -> None:
    assert book(world, an_order(world, "confirmed")) == "BOOKED"


def test_a_booked_shipment_has_its_tracking_number(world: World) -> None:
    order_id = an_order(world, "confirmed")
    book(world, order_id)
    record = world.provider_table.get({"PK": f"SHIPMENT#{order_id}"})
    assert record
    assert shipment_of(world, order_id).tracking_number == record["trackingNumber"]


def test_booking_a_shipment_does_not_change_the_order_status(world: World) -> None:
    order_id = an_order(world, "confirmed")
    before = world.details(order_id).order
    book(world, order_id)
    assert world.details(order_id).order == before


def test_unserved_address_is_an_outcome(world: World) -> None:
    assert book(world, an_order(world, "confirmed", country="AQ")) == "SHIPMENT_REFUSED"


def test_refused_shipment_has_its_reason(world: World) -> None:
    order_id = an_order(world, "confirmed", country="AQ")
    book(world, order_id)
    shipment = shipment_of(world, order_id)
    assert (shipment.status, shipment.reason, shipment.tracking_number) == (
        "REFUSED",
        "address_not_served",
        None,
    )


def test_shipment_intent_is_recorded_before_the_carrier_is_called(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = intended(world, monkeypatch)
    assert (shipment_of(world, order_id).status, bookings(world)) == ("INTENDED", [])


def test_customer_cannot_cancel_after_the_shipment_intent_is_recorded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = intended(world, monkeypatch)
    with pytest.raises(AssertionError):
        cancel(world, order_id)


# -- repeated, and after a fault -----------------------------------------------------------------------


@pytest.mark.parametrize(("country", "outcome"), [("GB", "BOOKED"), ("AQ", "SHIPMENT_REFUSED")])
def test_repeated_booking_returns_the_same_outcome_and_changes_nothing(
    world: World, country: str, outcome: str
) -> None:
    order_id = an_order(world, "booked", country=country)
    before = world.items(), world.provider_records()
    assert book(world, order_id) == outcome
    assert (world.items(), world.provider_records()) == before


def test_carrier_is_called_again_after_an_outage(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = intended(world, monkeypatch)
    assert (book(world, order_id), bookings(world)) == ("BOOKED", ["BOOKED"])


def test_two_concurrent_bookings_make_one_shipment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = an_order(world, "confirmed")
    then_meanwhile(monkeypatch, lambda: book(world, order_id))
    assert (book(world, order_id), bookings(world)) == ("BOOKED", ["BOOKED"])


def test_contention_over_a_booking_is_a_fault_before_the_carrier_is_called(
    world: World, calls: AwsCalls
) -> None:
    order_id = an_order(world, "confirmed")
    calls.next("TransactWriteItems", contended, times=CONFLICT_ATTEMPTS)
    with pytest.raises(TransactionCancelled):
        book(world, order_id)
    assert bookings(world) == []


# -- late ----------------------------------------------------------------------------------------------


def test_order_cancelled_before_booking_is_not_booked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = an_order(world, "confirmed")
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    assert (book(world, order_id), bookings(world)) == ("ORDER_MOVED", [])


def test_order_cancelled_before_booking_gets_no_shipment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world, "confirmed")
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    book(world, order_id)
    assert world.details(order_id).shipment is None


def test_booking_after_its_cancellation_is_never_made(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = intended(world, monkeypatch)

    def turn_back() -> None:
        overwrite(world, order_keys.order(order_id), status="CANCELLING")
        follow(world, order_id, "cancel_shipment")

    then_meanwhile(monkeypatch, turn_back)
    assert book(world, order_id) == "ORDER_MOVED"
    assert (shipment_of(world, order_id).status, bookings(world)) == ("CANCELLED", ["CANCELLED"])


def test_order_without_an_address_is_cancelled_by_the_system(world: World) -> None:
    """The carrier is not called without an address. The order is cancelled, and its payment is given back."""
    order_id = an_order(world, "confirmed")
    world.table.delete(order_keys.address(order_id))
    assert (book(world, order_id), bookings(world)) == ("SHIPMENT_REFUSED", [])
    shipment = shipment_of(world, order_id)
    assert (shipment.status, shipment.reason) == ("REFUSED", "address_removed")


def test_booking_of_unknown_outcome_is_cancelled_when_the_address_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = intended(world, monkeypatch)
    SandboxShipping(world.provider_table).book(reference=order_id, address=convert(ADDRESS, Address))
    world.table.delete(order_keys.address(order_id))
    assert book(world, order_id) == "SHIPMENT_REFUSED"
    assert follow(world, order_id, "turn_back", "cancel_shipment") == ["CANCELLING", "SETTLED"]
    assert (shipment_of(world, order_id).status, bookings(world)) == ("CANCELLED", ["CANCELLED"])
