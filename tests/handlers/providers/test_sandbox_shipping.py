"""The carrier's sandbox keeps its records in a table and refuses country AQ. Nothing is random."""

from typing import Any

import msgspec
import pytest

from ordering.domain.shipment import Address, ShipmentStatus
from ordering.providers.sandbox_shipping import SandboxShipping
from ordering.providers.shipping import ShippingAnswer
from tests.support.world import ADDRESS, World


@pytest.fixture
def carrier(world: World) -> SandboxShipping:
    return SandboxShipping(world.provider_table)


def book(carrier: SandboxShipping, reference: str = "order", country: str = "GB") -> ShippingAnswer:
    address = msgspec.convert(ADDRESS | {"country": country}, Address)
    return carrier.book(reference=reference, address=address)


def record_of(world: World) -> dict[str, Any]:
    (record,) = world.provider_records()
    return record


def test_a_shipment_is_booked_with_a_tracking_number(carrier: SandboxShipping) -> None:
    answer = book(carrier)
    assert (answer.status, bool(answer.tracking_number)) == (ShipmentStatus.BOOKED, True)


def test_same_reference_is_the_same_booking(carrier: SandboxShipping, world: World) -> None:
    assert book(carrier) == book(carrier)
    assert len(world.provider_records()) == 1


def test_another_reference_has_another_tracking_number(carrier: SandboxShipping) -> None:
    assert book(carrier, "one").tracking_number != book(carrier, "other").tracking_number


def test_unserved_country_is_refused_for_good(carrier: SandboxShipping) -> None:
    answers = [book(carrier, country="AQ") for _ in range(2)]
    assert [(answer.status, answer.reason, answer.tracking_number) for answer in answers] == [
        (ShipmentStatus.REFUSED, "address_not_served", None)
    ] * 2


def test_refusal_is_final_whatever_address_follows(carrier: SandboxShipping) -> None:
    book(carrier, country="AQ")
    assert book(carrier, country="GB").status is ShipmentStatus.REFUSED


def test_a_booking_is_cancelled(carrier: SandboxShipping, world: World) -> None:
    book(carrier)
    assert (carrier.cancel("order").status, record_of(world)["status"]) == (
        ShipmentStatus.CANCELLED,
        "CANCELLED",
    )


def test_a_booking_is_cancelled_once(carrier: SandboxShipping) -> None:
    book(carrier)
    assert carrier.cancel("order") == carrier.cancel("order")


def test_cancelled_booking_is_never_made_again(carrier: SandboxShipping, world: World) -> None:
    book(carrier)
    carrier.cancel("order")
    assert (book(carrier).status, record_of(world)["status"]) == (ShipmentStatus.CANCELLED, "CANCELLED")


def test_reference_cancelled_before_its_booking_is_never_booked(
    carrier: SandboxShipping, world: World
) -> None:
    carrier.cancel("order")
    assert (book(carrier).status, record_of(world)["status"]) == (ShipmentStatus.CANCELLED, "CANCELLED")


def test_cancelling_one_reference_leaves_the_other_bookings(carrier: SandboxShipping) -> None:
    book(carrier, "one")
    carrier.cancel("other")
    assert book(carrier, "one").status is ShipmentStatus.BOOKED


def test_carrier_books_hold_no_address(carrier: SandboxShipping, world: World) -> None:
    book(carrier)
    assert not [value for value in record_of(world).values() if value in ADDRESS.values()]


def test_carrier_books_outlive_the_process(carrier: SandboxShipping, world: World) -> None:
    book(carrier)
    assert book(SandboxShipping(world.provider_table)).status is ShipmentStatus.BOOKED
