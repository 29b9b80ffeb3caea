"""A scenario, and the play: a scenario while it is performed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ordering.domain.order import OrderId
from ordering.domain.order_details import OrderDetails
from ordering.repositories import keys
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
    """One order from its placing to its end, in a shop with ten red mugs unless it says otherwise."""

    name: str
    ends: str
    trail: Trail
    """What one execution that nothing disturbs passes through."""
    reason: str | None = None
    lines: Units = (("MUG-RED", 2),)
    stock: Units = (("MUG-RED", 10),)
    token: str = "tok_ok"
    country: str = "GB"
    booking_first: bool = False
    """Whether the branch that books runs before the one that captures."""
    meanwhile: tuple[Where, Callable[[ScenarioRun], object]] | None = None
    """What somebody else does, and when."""

    def __str__(self) -> str:
        return self.name.replace(" ", "-").replace(",", "")


@dataclass
class ScenarioRun:
    """The order of one scenario, and the shop and the saga it is in."""

    scenario: Scenario
    world: World
    saga: Saga
    order_id: OrderId
    cancellations: list[bool] = field(default_factory=list)
    """For each time that the customer asked: whether it was granted."""

    @property
    def details(self) -> OrderDetails:
        """All that the table holds of the order."""
        return self.world.details(self.order_id)

    def drive(self) -> Execution:
        """Run one execution for the order."""
        return self.saga.drive(self.order_id)

    def drive_to_the_end(self) -> list[Execution]:
        """Run as many as it takes."""
        return self.saga.drive_to_the_end(self.order_id)

    def calls(self, since: str = "Load order") -> list[Call]:
        """Drive the order undisturbed; answers every call made since a state was first entered."""
        self.drive()
        calls = self.saga.calls
        first = next(number for number, call in enumerate(calls) if call.step.state == since)
        return calls[first:]

    def cancel(self) -> None:
        """The customer asks for the order to be cancelled."""
        answer = self.world.api(
            "cancel_order", "POST /orders/{orderId}/cancel", path={"orderId": self.order_id}
        )
        assert answer.status in (202, 409), answer
        self.cancellations.append(answer.status == 202)

    def leave_a_good_card(self) -> None:
        """The customer pays with another card from now on."""
        self._leave_card("tok_ok")

    def leave_an_empty_card(self) -> None:
        """The same, but there is nothing on it."""
        self._leave_card("tok_insufficient_funds")

    def find_the_money_taken(self) -> None:
        """The provider refused the capture, and finds later that it took the money all the same."""
        (payment,) = self.details.payments
        self.world.books.update(
            {"PK": f"PAYMENT#{payment.payment_id}"},
            "SET #status = :captured, captured = amount",
            names={"#status": "status"},
            values={":captured": "CAPTURED"},
        )

    def raise_the_price(self) -> None:
        """What was ordered costs more from now on."""
        self.world.stocked(units=0, price=99_00)

    def _shelves(self) -> dict[str, tuple[int, int]]:
        """SKU → units available and units shipped."""
        stocks = (item for item in self.world.items() if item["SK"] == keys.STOCK)
        return {item["sku"]: (item["available"], item.get("shipped", 0)) for item in stocks}

    def _leave_card(self, token: str) -> None:
        key = keys.order(self.order_id)
        self.world.table.update(key, "SET paymentToken = :token", values={":token": token})

    def facts(self) -> Mapping[str, Any]:
        """Everything that is written anywhere."""
        return {"items": self.world.items(), "pages": self.world.pages()}

    def check(self, *, cancelled: bool = False) -> None:
        """Every invariant holds, and the order ended as the scenario says, or `cancelled` instead."""
        invariants.check(self.world)
        order = self.details.order
        ends = (self.scenario.ends, self.scenario.reason)
        expected = ("CANCELLED", "CUSTOMER_REQUEST") if cancelled else ends
        assert (order.status, order.reason) == expected
        sold = dict(self.scenario.lines) if order.status == "FULFILLED" else {}
        assert self._shelves() == {
            sku: (units - sold.get(sku, 0), sold.get(sku, 0)) for sku, units in self.scenario.stock
        }


def late(handler: str) -> Callable[[ScenarioRun], object]:
    """A step of an execution that everybody had forgotten."""
    return lambda play: play.world.step(handler, play.order_id)


class SagaHarness:
    """Where scenarios are performed, one after the other."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def open(self, scenario: Scenario) -> ScenarioRun:
        """A scenario's opening: the shop is stocked, the order placed, and nothing else has happened."""
        self.cloud.begin()
        world, saga = self.cloud.world, self.cloud.saga
        order_id = beginning_with(("scenario", scenario.name), lambda: _set_up(scenario, world))
        play = ScenarioRun(scenario, world, saga, order_id)
        saga.booking_first = scenario.booking_first
        if scenario.meanwhile:
            where, action = scenario.meanwhile
            saga.at(where, lambda: action(play))
        return play


def _set_up(scenario: Scenario, world: World) -> OrderId:
    for sku, units in scenario.stock:
        world.stocked(sku, units)
    return world.place_order(*scenario.lines, token=scenario.token, country=scenario.country)
