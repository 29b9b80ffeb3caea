"""A scenario, and a run of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ordering.domain.order import OrderId
from ordering.domain.order_details import OrderDetails
from ordering.domain.product import Sku
from ordering.repositories.catalogue import Catalogue
from ordering.repositories.keys import order_keys, product_keys
from tests.support import invariants
from tests.support.cloud import Cloud
from tests.support.injection_points import Call, Where
from tests.support.machine import Execution, Saga
from tests.support.snapshots import beginning_with
from tests.support.world import World

Trail = tuple[tuple[str, str], ...]
Units = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Scenario:
    """One order from its placing to its end, in a shop with ten red mugs unless specified otherwise."""

    name: str
    ends: str
    trail: Trail
    """(state, outcome) of each step of one undisturbed execution."""
    reason: str | None = None
    lines: Units = (("MUG-RED", 2),)
    stock: Units = (("MUG-RED", 10),)
    shards: int = 1
    """Over how many shards the stock of each product is spread."""
    token: str = "tok_ok"
    country: str = "GB"
    booking_first: bool = False
    """Whether the branch that books runs before the one that captures."""
    meanwhile: tuple[Where, Callable[[ScenarioRun], object]] | None = None
    """What happens during the execution, and at which injection point."""

    def __str__(self) -> str:
        return self.name.replace(" ", "-").replace(",", "")


@dataclass
class ScenarioRun:
    """A scenario that is being run: its order, its shop and its saga."""

    scenario: Scenario
    world: World
    saga: Saga
    order_id: OrderId
    cancellations: list[bool] = field(default_factory=list)
    """For each cancellation by the customer: whether it was accepted."""

    @property
    def details(self) -> OrderDetails:
        """Everything that the table holds of the order."""
        return self.world.details(self.order_id)

    def drive(self) -> Execution:
        """Run one execution for the order."""
        return self.saga.drive(self.order_id)

    def drive_to_the_end(self) -> list[Execution]:
        """Run executions until one succeeds."""
        return self.saga.drive_to_the_end(self.order_id)

    def calls(self, since: str = "Load order") -> list[Call]:
        """Drive the order undisturbed. Returns every call that was made since a state was first entered."""
        self.drive()
        calls = self.saga.calls
        first = next(number for number, call in enumerate(calls) if call.step.state == since)
        return calls[first:]

    def cancel(self) -> None:
        """The customer cancels the order."""
        answer = self.world.api(
            "cancel_order", "POST /orders/{orderId}/cancel", path={"orderId": self.order_id}
        )
        assert answer.status in (202, 409), answer
        self.cancellations.append(answer.status == 202)

    def switch_to_a_valid_card(self) -> None:
        """The customer pays with another card from now on."""
        self._switch_card("tok_ok")

    def switch_to_an_empty_card(self) -> None:
        """The customer pays with another card from now on, which is declined."""
        self._switch_card("tok_insufficient_funds")

    def capture_after_all(self) -> None:
        """The provider has refused the capture, but later reports that it has captured the money."""
        (payment,) = self.details.payments
        self.world.provider_table.update(
            {"PK": f"PAYMENT#{payment.payment_id}"},
            "SET #status = :captured, captured = amount",
            names={"#status": "status"},
            values={":captured": "CAPTURED"},
        )

    def raise_the_price(self) -> None:
        """The ordered product costs more from now on."""
        self.world.stocked(units=0, price=99_00)

    def _stock(self) -> dict[str, tuple[int, int]]:
        """Returns the units available and the units shipped of each SKU."""
        stocks = {Sku(item["sku"]) for item in self.world.items() if product_keys.is_stock(item)}
        totals = {sku: Catalogue(self.world.table).stock(sku) for sku in stocks}
        return {sku: (stock.available, stock.shipped) for sku, stock in totals.items()}

    def _switch_card(self, token: str) -> None:
        key = order_keys.order(self.order_id)
        self.world.table.update(key, "SET paymentToken = :token", values={":token": token})

    def snapshot(self) -> Mapping[str, Any]:
        """Returns all items and all of the providers' records."""
        return {"items": self.world.items(), "pages": self.world.provider_records()}

    def check(self, *, cancelled: bool = False) -> None:
        """Check that every invariant holds, and that the order ended as expected, or `cancelled`."""
        invariants.check(self.world)
        order = self.details.order
        ends = (self.scenario.ends, self.scenario.reason)
        expected = ("CANCELLED", "CUSTOMER_REQUEST") if cancelled else ends
        assert (order.status, order.reason) == expected
        sold = dict(self.scenario.lines) if order.status == "FULFILLED" else {}
        assert self._stock() == {
            sku: (units - sold.get(sku, 0), sold.get(sku, 0)) for sku, units in self.scenario.stock
        }


def late(handler: str) -> Callable[[ScenarioRun], object]:
    """Returns an action: a step of an earlier execution runs late."""
    return lambda run: run.world.step(handler, run.order_id)


class SagaHarness:
    """Runs scenarios, one after the other."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def open(self, scenario: Scenario) -> ScenarioRun:
        """Stock the shop and place the scenario's order. Nothing else has happened yet."""
        self.cloud.begin()
        world, saga = self.cloud.world, self.cloud.saga
        order_id = beginning_with(("scenario", scenario.name), lambda: _set_up(scenario, world))
        run = ScenarioRun(scenario, world, saga, order_id)
        saga.booking_first = scenario.booking_first
        if scenario.meanwhile:
            where, action = scenario.meanwhile
            saga.at(where, lambda: action(run))
        return run


def _set_up(scenario: Scenario, world: World) -> OrderId:
    for sku, units in scenario.stock:
        world.stocked(sku, units, shards=scenario.shards)
    return world.place_order(*scenario.lines, token=scenario.token, country=scenario.country)
