"""A shared state of the model, written to the real tables and read back."""

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import msgspec
from moto.dynamodb.models import dynamodb_backends

from ordering.domain.order import Status
from ordering.domain.payment import MAX_PAYMENT_ATTEMPTS, PaymentStatus, idempotency_key
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import Hold, ReservationStatus, Stock
from ordering.dynamodb.client import Table
from ordering.dynamodb.codec import decode_item, encode_item
from ordering.providers.sandbox_payments import SandboxPayments
from ordering.repositories import keys
from tests.simulation.model.shared_state import PaymentEntry, SharedState
from tests.support import builders
from tests.support.environment import ACCOUNT, REGION, SANDBOX_TABLE, TABLE
from tests.support.world import ADDRESS

_UNIT = builders.line(quantity=1)
_TOTAL = _UNIT.total
_CARRIER = f"SHIPMENT#{builders.ORDER_ID}"


class Ids:
    """The provider's ids by the model's names: `1` is the id of the first attempt that is noted first.

    `1'` is the other id, from a provider that has forgotten the key. Both are the sandbox's own.
    """

    def __init__(self) -> None:
        self._real = dict(_ids())

    def real(self) -> Mapping[str, str]:
        """Returns name → id."""
        return self._real

    def names(self) -> Mapping[str, str]:
        """Returns id → name."""
        return {real: name for name, real in self._real.items()}

    def swap(self, one: str, other: str) -> None:
        """Exchange two names."""
        self._real[one], self._real[other] = self._real[other], self._real[one]


def forgotten(key: str) -> str:
    """Returns the sandbox's key for the id that a provider gives after it has forgotten `key`."""
    return f"{key}'"


_known_ids: dict[str, str] = {}
_made: dict[str, Any] = {}


def _ids() -> Mapping[str, str]:
    if not _known_ids:
        sandbox = SandboxPayments(Table(SANDBOX_TABLE))
        price = builders.order(Status.PENDING, _UNIT).price
        for attempt in range(1, MAX_PAYMENT_ATTEMPTS + 1):
            key = idempotency_key(builders.ORDER_ID, attempt)
            for name, each in ((f"{attempt}", key), (f"{attempt}'", forgotten(key))):
                _known_ids[name] = sandbox.prepare(key=each, token="tok_ok", price=price)
    return _known_ids


def build(shared: SharedState, ids: Ids, *, token: str, country: str) -> None:
    """Make the tables equal to a shared state. `token` and `country` make the sandboxes decide so."""
    order = builders.order(shared.order, _UNIT)
    items = [builders.image(order), builders.image(shared.stock)]
    items.append({**keys.address(builders.ORDER_ID), "address": ADDRESS | {"country": country}})
    if shared.reservation:
        reservation = builders.reservation(shared.reservation)
        held = [Hold(sku=builders.MUG, quantity=1)]
        items.append(builders.image(msgspec.structs.replace(reservation, lines=held)))
    for attempt, entry in enumerate(shared.ledger, start=1):
        payment = builders.payment(entry.status, attempt=attempt)
        named = msgspec.structs.replace(payment, payment_id=ids.real()[entry.payment_id], amount=_TOTAL)
        items.append(builders.image(named))
    if shared.shipment:
        items.append(builders.image(builders.shipment(shared.shipment)))
    provider_records: list[dict[str, Any]] = [
        {
            "PK": f"PAYMENT#{real}",
            "key": idempotency_key(builders.ORDER_ID, int(name[0])),
            "token": token,
            "amount": _TOTAL,
            "currency": order.currency,
            "status": shared.at_provider(name),
            "calls": 0,
            "captured": 0,
            "refunded": 0,
        }
        for name, real in ids.real().items()
    ]
    if shared.carrier:
        provider_records.append({"PK": _CARRIER, "status": shared.carrier})
    _fill(TABLE, items)
    _fill(SANDBOX_TABLE, provider_records)


def read_tables(ids: Ids) -> SharedState:
    """Returns the shared state of the tables, without the fields that only the guarantees use."""
    items = {item["SK"]: item for item in _items(TABLE)}
    provider_records = {record["PK"]: record for record in _items(SANDBOX_TABLE)}
    reservation, shipment, carrier = (
        items.get(keys.RESERVATION),
        items.get(keys.SHIPMENT),
        provider_records.get(_CARRIER),
    )
    stock = msgspec.convert(items[keys.STOCK], Stock)
    at_provider = {
        name: PaymentStatus(provider_records[f"PAYMENT#{real}"]["status"])
        for name, real in ids.real().items()
    }
    return SharedState(
        order=Status(items[keys.ORDER]["status"]),
        reservation=ReservationStatus(reservation["status"]) if reservation else None,
        stock=msgspec.structs.replace(stock, version=0),
        ledger=tuple(
            PaymentEntry(ids.names()[item["paymentId"]], PaymentStatus(item["status"]))
            for key, item in sorted(items.items())
            if key.startswith(keys.PAYMENT_PREFIX)
        ),
        provider_payments=tuple(
            sorted((name, status) for name, status in at_provider.items() if status != PaymentStatus.PREPARED)
        ),
        shipment=ShipmentStatus(shipment["status"]) if shipment else None,
        carrier=ShipmentStatus(carrier["status"]) if carrier else None,
    )


def _fill(table: str, items: list[dict[str, Any]]) -> None:
    # Directly in moto: through its HTTP layer this takes longer than the step itself.
    backend = dynamodb_backends[ACCOUNT][REGION].tables[table]
    backend.items.clear()
    for item in items:
        known = json.dumps(item)
        if known not in _made:
            _made[known] = deepcopy(backend.put_item(encode_item(item)))
        made = deepcopy(_made[known])
        if made.range_key:
            backend.items[made.hash_key][made.range_key] = made
        else:
            backend.items[made.hash_key] = made


def _items(table: str) -> list[dict[str, Any]]:
    backend = dynamodb_backends[ACCOUNT][REGION].tables[table]
    return [decode_item(item.to_json()["Attributes"]) for item in backend.all_items()]
