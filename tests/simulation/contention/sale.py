"""A sale: orders that arrive at once, and as many executions at the same time as stage prod has.

The orders are placed and processed by the app's own code, with the sandbox providers. Only `drive_order` is
replaced: each driver here takes the next message and runs an execution. If the execution fails, the driver
hides the message for as long as `drive_order` would.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from heapq import heappop, heappush
from itertools import cycle, islice
from random import Random
from typing import Any
from unittest.mock import patch

from ordering.aws.logging import logger
from ordering.domain.clock import now
from ordering.domain.money import Price
from ordering.domain.order import OrderId
from ordering.domain.pricing import accept, price_lines
from ordering.domain.product import ProductFacts, Sku
from ordering.domain.shipment import Address
from ordering.domain.stock import Stock, StockEntry, StockSettings
from ordering.dynamodb import conflicts
from ordering.dynamodb.client import Table
from ordering.providers.sandbox_payments import SandboxPayments
from ordering.providers.sandbox_shipping import SandboxShipping
from ordering.repositories.catalogue import Catalogue
from ordering.repositories.keys import product_keys
from ordering.repositories.orders import Orders
from ordering.repositories.stock_ledger import StockLedger
from ordering.resilience.pacing import back_off_seconds
from tests.simulation.contention.execution import ExecutionFailed, Machine
from tests.simulation.contention.stand_in import StandIn
from tests.simulation.contention.virtual_time import VirtualTime
from tests.support.builders import CUSTOMER_ID
from tests.support.environment import SANDBOX_TABLE, TABLE
from tests.support.machine import PROVIDERS
from tools.costs.durations import milliseconds_of_call

PROD_DRIVERS = 200
"""20 invocations of `drive_order`, with ten orders each (`stacks/settings/stages.py`)."""
_ADDRESS = Address(name="Ada", line1="1 High Street", city="Leeds", country="GB", postal_code="LS1 1AA")


@dataclass(frozen=True)
class Sale:
    """What is sold. Each order is for one unit of one product, and each product is ordered in turn."""

    orders: int = 2_000
    products: int = 1
    units: int = 1_000_000
    """How many units each product has."""
    shards: int = 1
    """Over how many shards each product's stock is spread."""
    drivers: int = PROD_DRIVERS
    seed: int = 1


@dataclass
class Result:
    """The result of a sale."""

    tables: "Tables"
    transactions: int = 0
    """How many transactions changed stock."""
    conflicts: int = 0
    """How many of them conflicted."""
    failed_executions: int = 0
    ended: list[float] = field(default_factory=list)
    """When each order ended, in seconds since the first message."""
    longest_step: float = 0.0
    """In seconds."""

    @property
    def orders_a_second(self) -> float:
        """The rate until 95 % of the orders have ended, because the last ones may wait for a redelivery."""
        place = round(len(self.ended) * 0.95)
        return place / self.ended[place - 1]

    @property
    def conflicts_percent(self) -> float:
        """The share of the transactions that conflicted."""
        return 100 * self.conflicts / self.transactions


class Tables:
    """Both tables, for the checks of the guarantees."""

    def __init__(self, stand_in: StandIn) -> None:
        self._stand_in = stand_in

    def items(self) -> list[dict[str, Any]]:
        """Returns every item of the table."""
        return self._stand_in.items(TABLE)

    def provider_records(self) -> list[dict[str, Any]]:
        """Returns every record of the sandbox providers."""
        return self._stand_in.items(SANDBOX_TABLE)


def simulate(sale: Sale) -> Result:
    """Place all orders, and drive them until each has ended."""
    time, random = VirtualTime(), Random(sale.seed)  # noqa: S311 (repeatable, not secret)
    stand_in = StandIn(time)
    result = Result(Tables(stand_in))
    with _on(stand_in, time, random):
        waiting = [(0.0, number, 1, order) for number, order in enumerate(_place(sale))]
        machine = Machine(time, random)

        def drive() -> None:
            # A driver whose execution failed takes its message again, so the other drivers may end.
            while waiting:
                if waiting[0][0] > time.now:
                    time.wait(waiting[0][0] - time.now)
                    continue
                _, number, receives, order_id = heappop(waiting)
                try:
                    machine.execute(order_id)
                    result.ended.append(time.now)
                except ExecutionFailed:
                    result.failed_executions += 1
                    again = time.now + back_off_seconds(receives, random.random())
                    heappush(waiting, (again, number, receives + 1, order_id))

        stand_in.transactions.clear()
        time.run(*[drive] * sale.drivers)
    result.longest_step = machine.longest_step
    result.transactions = _of_stock(stand_in.transactions)
    result.conflicts = _of_stock(stand_in.conflicts)
    return result


def _of_stock(counted: Mapping[str, int]) -> int:
    return sum(count for sort_key, count in counted.items() if sort_key.startswith(product_keys.STOCK))


def _place(sale: Sale) -> list[OrderId]:
    table = Table(TABLE)
    orders, skus = Orders(table), [Sku(f"SALE-{number}") for number in range(sale.products)]
    for sku in skus:
        _stock(table, sku, sale)
    placed = []
    for number, sku in enumerate(islice(cycle(skus), sale.orders)):
        order_id = OrderId(f"order-{number}")
        _, products = orders.get_for_placement(order_id, [sku])
        order = accept(
            order_id=order_id,
            customer_id=CUSTOMER_ID,
            lines=price_lines([(sku, 1)], products),
            currency="EUR",
            payment_token="tok_ok",
            fingerprint="9f86d081",
            nonce=order_id,
            at=now(),
        )
        orders.place(order, _ADDRESS)
        placed.append(order_id)
    return placed


def _stock(table: Table, sku: Sku, sale: Sale) -> None:
    price = Price(amount=900, currency="EUR")
    facts = ProductFacts(name="A bargain", price=price)
    settings = StockSettings(spread=sale.shards)
    Catalogue(table).put_with_stock_settings(
        sku, facts, settings, stored=None, stock=Stock(sku=sku), at=now(), expected=None
    )
    StockLedger(table).enter(sku, StockEntry(key="delivery-1", created_at=now(), received=sale.units))


@contextmanager
def _on(stand_in: StandIn, time: VirtualTime, random: Random) -> Iterator[None]:
    """Replace every table in the block by the stand-in, and let each call to a provider take time."""
    level = logger.log_level
    with ExitStack() as patches:
        # A property, because handlers that are already imported have a client of their own.
        client = property(lambda table: stand_in, lambda table, value: None)
        patches.enter_context(patch.object(Table, "_client", client, create=True))
        for name, _, sandbox in PROVIDERS:
            for operation in ("prepare", "authorise", "capture", "book"):
                if hasattr(sandbox, operation):
                    slow = _slow(getattr(sandbox, operation), f"{name}.{operation}", stand_in, time)
                    patches.enter_context(patch.object(sandbox, operation, slow))
        patches.enter_context(patch.object(conflicts, "sleep", time.wait))
        patches.enter_context(patch.object(conflicts, "monotonic", lambda: time.now))
        patches.enter_context(patch.object(conflicts, "random", random))
        logger.setLevel("CRITICAL")
        try:
            yield
        finally:
            logger.setLevel(level)


def _slow(operate: Callable[..., Any], call: str, stand_in: StandIn, time: VirtualTime) -> Callable[..., Any]:
    @wraps(operate)
    def operation(provider: SandboxPayments | SandboxShipping, *args: Any, **kwargs: Any) -> Any:
        time.wait(milliseconds_of_call(call) / 1000)
        with stand_in.free_of_charge():
            return operate(provider, *args, **kwargs)

    return operation
