"""Book shipment: the carrier is asked to fetch the goods, once it is written down that it will be."""

import pytest
from msgspec import convert

from lambdas.saga import book_shipment
from ordering.domain.order import OrderId
from ordering.domain.shipment import Address, Shipment
from ordering.dynamodb.client import TransactionCancelled
from ordering.providers.faults import GatewayUnavailable
from ordering.providers.sandbox_shipping import SandboxShipping
from ordering.providers.shipping import ShippingAnswer
from ordering.repositories import keys
from tests.support.aws_calls import AwsCalls, contended
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
    """What the carrier's books say of each reference."""
    return [page["status"] for page in world.pages() if page["PK"].startswith("SHIPMENT#")]


def intended(world: World, monkeypatch: pytest.MonkeyPatch) -> OrderId:
    """An order whose carrier could not be reached."""
    order_id = an_order(world, "confirmed")
    with monkeypatch.context() as away:
        away.setattr(book_shipment, "carrier", Away(world.books))
        with pytest.raises(GatewayUnavailable):
            book(world, order_id)
    return order_id


# -- fresh ---------------------------------------------------------------------------------------------


def test_a_shipment_is_booked(world: World) -> None:
    assert book(world, an_order(world, "confirmed")) == "BOOKED"


def test_a_booked_shipment_has_its_tracking_number(world: World) -> None:
    order_id = an_order(world, "confirmed")
    book(world, order_id)
    page = world.books.get({"PK": f"SHIPMENT#{order_id}"})
    assert page
    assert shipment_of(world, order_id).tracking_number == page["trackingNumber"]


def test_booking_does_not_move_the_order(world: World) -> None:
    order_id = an_order(world, "confirmed")
    before = world.details(order_id).order
    book(world, order_id)
    assert world.details(order_id).order == before


def test_an_address_that_is_not_served_is_an_outcome(world: World) -> None:
    assert book(world, an_order(world, "confirmed", country="AQ")) == "SHIPMENT_REFUSED"


def test_a_shipment_that_is_refused_says_why(world: World) -> None:
    order_id = an_order(world, "confirmed", country="AQ")
    book(world, order_id)
    shipment = shipment_of(world, order_id)
    assert (shipment.status, shipment.reason, shipment.tracking_number) == (
        "REFUSED",
        "address_not_served",
        None,
    )


def test_that_the_carrier_will_be_asked_is_written_down_before_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = intended(world, monkeypatch)
    assert (shipment_of(world, order_id).status, bookings(world)) == ("INTENDED", [])


def test_from_then_on_the_customer_can_no_longer_cancel(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = intended(world, monkeypatch)
    with pytest.raises(AssertionError):
        cancel(world, order_id)


# -- repeated, and after a fault -----------------------------------------------------------------------


@pytest.mark.parametrize(("country", "outcome"), [("GB", "BOOKED"), ("AQ", "SHIPMENT_REFUSED")])
def test_a_repeat_answers_the_same_and_changes_nothing(world: World, country: str, outcome: str) -> None:
    order_id = an_order(world, "booked", country=country)
    before = world.items(), world.pages()
    assert book(world, order_id) == outcome
    assert (world.items(), world.pages()) == before


def test_a_carrier_that_comes_back_is_asked_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = intended(world, monkeypatch)
    assert (book(world, order_id), bookings(world)) == ("BOOKED", ["BOOKED"])


def test_of_two_at_once_both_have_one_booking(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = an_order(world, "confirmed")
    then_meanwhile(monkeypatch, lambda: book(world, order_id))
    assert (book(world, order_id), bookings(world)) == ("BOOKED", ["BOOKED"])


def test_a_rival_in_the_way_is_a_fault_and_the_carrier_is_not_asked(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world, "confirmed")
    calls.next("TransactWriteItems", contended)
    with pytest.raises(TransactionCancelled):
        book(world, order_id)
    assert bookings(world) == []


# -- late ----------------------------------------------------------------------------------------------


def test_an_order_that_is_cancelled_meanwhile_is_not_booked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world, "confirmed")
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    assert (book(world, order_id), bookings(world)) == ("ORDER_MOVED", [])


def test_an_order_that_is_cancelled_meanwhile_gets_no_shipment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world, "confirmed")
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    book(world, order_id)
    assert world.details(order_id).shipment is None


def test_a_booking_that_comes_after_its_cancellation_is_never_made(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = intended(world, monkeypatch)

    def turn_back() -> None:
        overwrite(world, keys.order(order_id), status="CANCELLING")
        follow(world, order_id, "cancel_shipment")

    then_meanwhile(monkeypatch, turn_back)
    assert book(world, order_id) == "ORDER_MOVED"
    assert (shipment_of(world, order_id).status, bookings(world)) == ("CANCELLED", ["CANCELLED"])


def test_an_order_whose_address_is_gone_is_turned_back(world: World) -> None:
    """The carrier is not asked: there is nothing to ask it. The order ends, and its money goes back."""
    order_id = an_order(world, "confirmed")
    world.table.delete(keys.address(order_id))
    assert (book(world, order_id), bookings(world)) == ("SHIPMENT_REFUSED", [])
    shipment = shipment_of(world, order_id)
    assert (shipment.status, shipment.reason) == ("REFUSED", "address_removed")


def test_a_booking_of_unknown_fate_is_called_off_when_the_address_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = intended(world, monkeypatch)
    SandboxShipping(world.books).book(reference=order_id, address=convert(ADDRESS, Address))
    world.table.delete(keys.address(order_id))
    assert book(world, order_id) == "SHIPMENT_REFUSED"
    assert follow(world, order_id, "turn_back", "cancel_shipment") == ["CANCELLING", "SETTLED"]
    assert (shipment_of(world, order_id).status, bookings(world)) == ("CANCELLED", ["CANCELLED"])
