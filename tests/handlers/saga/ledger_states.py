"""Changes of an order and its ledgers to each status that a transition must not accept."""

from collections.abc import Callable, Iterable
from enum import StrEnum

from ordering.domain.order import OrderId, Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import ReservationStatus
from ordering.repositories import keys
from ordering.repositories.keys import order_keys
from tests.support.orders import overwrite
from tests.support.world import World

LedgerChange = Callable[[World, OrderId], object]
"""Changes one record of an order directly in the table."""

Key = Callable[[OrderId], keys.Key]

_RECORDS: list[tuple[str, type[StrEnum], Key]] = [
    ("order", Status, order_keys.order),
    ("payment", PaymentStatus, lambda order_id: order_keys.payment(order_id, 1)),
    ("shipment", ShipmentStatus, order_keys.shipment),
    ("reservation", ReservationStatus, order_keys.reservation),
]


def other_statuses(*expected: StrEnum) -> dict[str, LedgerChange]:
    """Returns, by a name, a change to each status that is not expected.

    Only the kinds of record of which a status is expected are changed.
    """
    return {
        f"{name} {status}": _to(key, status)
        for name, statuses, key in _RECORDS
        for status in _others(statuses, expected)
    }


def _others(statuses: type[StrEnum], expected: Iterable[StrEnum]) -> list[StrEnum]:
    # By type first: a shipment and an order that are CANCELLED are equal as text.
    of_this_kind = [each for each in expected if isinstance(each, statuses)]
    return [each for each in statuses if of_this_kind and each not in of_this_kind]


def _to(key: Key, status: str) -> LedgerChange:
    return lambda world, order_id: overwrite(world, key(order_id), status=status)
