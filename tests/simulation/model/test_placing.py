"""Guarantee 1: at most one order for each key, however often and in whatever order requests are sent."""

from collections.abc import Mapping, Sequence

import pytest

from ordering.domain.order import Order as RealOrder
from ordering.domain.order import OrderId
from ordering.domain.product import Product, Sku
from ordering.domain.shipment import Address
from ordering.guards import Guard
from ordering.http.problems import ProblemType
from ordering.repositories.keys import product_keys
from ordering.repositories.orders import Orders
from tests.simulation.model.placing import (
    BODIES,
    GUARDS,
    PRICE,
    READ,
    WRITE,
    Order,
    Placing,
    PlacingGuarantee,
    PlacingResponse,
    Request,
    Shape,
    State,
)
from tests.support.least_privilege import within
from tests.support.world import HandlerResponse, World, order_body

BREAKS: Mapping[Guard | Shape, PlacingGuarantee] = {
    Guard.PLACE_KEYED: PlacingGuarantee.ONE_ORDER,
    Shape.LOOK_FIRST: PlacingGuarantee.ANSWERED,
    Guard.PLACE_LOOK_AGAIN: PlacingGuarantee.ANSWERED,
    Guard.PLACE_ABSENT: PlacingGuarantee.UNTOUCHED,
    Guard.PLACE_SAME_BODY: PlacingGuarantee.REFUSED,
    Shape.NONCE: PlacingGuarantee.REPLAYED,
    Shape.BOTH: PlacingGuarantee.WHOLE,
}

OWN, ANOTHERS, OF_ANOTHER_BODY = Order("a", by=0), Order("a", by=1), Order("b", by=2)
MUG = Sku("MUG-RED")
Looked = tuple[RealOrder | None, Mapping[Sku, Product]]
QUANTITIES = {"a": 1, "b": 2}


def test_placing_breaks_no_guarantee() -> None:
    assert not Placing().broken()


@pytest.mark.parametrize("guard", [*GUARDS, *Shape], ids=lambda guard: guard.name)
def test_removing_a_guard_of_placing_breaks_its_guarantee(guard: Guard | Shape) -> None:
    assert BREAKS[guard] in Placing(guard).broken()


@pytest.mark.parametrize("product", [True, False], ids=["sold", "no longer sold"])
@pytest.mark.parametrize("found", [None, OWN, ANOTHERS, OF_ANOTHER_BODY])
def test_the_route_reads_as_the_model_does(found: Order | None, product: bool, world: World) -> None:
    world.stocked(MUG)
    if found:
        _place(world, found.body)
    if not product:
        world.table.delete(product_keys.product(MUG))
    assert _as_modelled(_place(world, "a")) == _modelled(READ, found, product)


@pytest.mark.parametrize("found", [ANOTHERS, OF_ANOTHER_BODY])
def test_the_route_looks_again_as_the_model_does(
    found: Order, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The route has seen no order. Then one is placed, and the product leaves before it is looked up."""
    world.stocked(MUG)
    look = Orders.get_for_placement

    def torn(orders: Orders, order_id: OrderId, skus: Sequence[Sku]) -> Looked:
        monkeypatch.setattr(Orders, "get_for_placement", look)
        before, _ = look(orders, order_id, skus)
        with within(None):
            _place(world, found.body)
            world.table.delete(product_keys.product(MUG))
        _, catalogue = look(orders, order_id, skus)
        return before, catalogue

    monkeypatch.setattr(Orders, "get_for_placement", torn)
    assert _as_modelled(_place(world, "a")) == _modelled(PRICE, found, product=False)


@pytest.mark.parametrize("found", [None, OWN, ANOTHERS, OF_ANOTHER_BODY])
def test_the_route_writes_as_the_model_does(
    found: Order | None, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.stocked(MUG)
    place = Orders.place

    def meanwhile(orders: Orders, order: RealOrder, address: Address) -> RealOrder:
        monkeypatch.setattr(Orders, "place", place)
        if found is OWN:
            place(orders, order, address)
        elif found:
            _place(world, found.body)
        return place(orders, order, address)

    monkeypatch.setattr(Orders, "place", meanwhile)
    assert _as_modelled(_place(world, "a")) == _modelled(WRITE, found, product=True)


def _place(world: World, body: str) -> HandlerResponse:
    return world.place(order_body((MUG, QUANTITIES[body])), key="the-shared-key")


def _as_modelled(response: HandlerResponse) -> PlacingResponse:
    if response.status == 202:
        bodies = {quantity: body for body, quantity in QUANTITIES.items()}
        (line,) = response.body["lines"]
        return PlacingResponse(bodies[line["quantity"]], repeats="idempotency-replayed" in response.headers)
    return {
        ProblemType.UNKNOWN_SKU.uri: PlacingResponse(None, unknown_sku=True),
        ProblemType.IDEMPOTENCY_KEY_REUSED.uri: PlacingResponse(None, repeats=True),
    }[response.body["type"]]


def _modelled(about_to: str, found: Order | None, product: bool) -> PlacingResponse:
    """Returns the response to the first request in the model, if nothing else happens."""
    placing = Placing()
    requests = (Request(about_to), *(Request(),) * (len(BODIES) - 1))
    state = State(orders=(found,) if found else (), product=product, requests=requests)
    while state.requests[0].response is None:
        ((after, then),) = placing.acts(state, 0)
        state = after._replace(requests=(then, *state.requests[1:]))
    return state.requests[0].response
