"""One order for each key, whoever sends it, however often and in whatever order."""

from collections.abc import Mapping, Sequence

import pytest

from ordering.domain.order import Order as RealOrder
from ordering.domain.order import OrderId
from ordering.domain.product import Product, Sku
from ordering.domain.shipment import Address
from ordering.http.problems import ProblemType
from ordering.repositories import keys
from ordering.repositories.orders import Orders
from tests.simulation.model.placing import (
    BODIES,
    PRICE,
    READ,
    WRITE,
    Answer,
    Fence,
    Order,
    Placing,
    Promise,
    Request,
    State,
)
from tests.support.least_privilege import within
from tests.support.world import Response, World, order_body

BREAKS: Mapping[Fence, Promise] = {
    Fence.DERIVED_ID: Promise.ONE_ORDER,
    Fence.LOOK_FIRST: Promise.ANSWERED,
    Fence.LOOK_TWICE: Promise.ANSWERED,
    Fence.WRITE_IF_ABSENT: Promise.UNTOUCHED,
    Fence.COMPARE_READ: Promise.REFUSED,
    Fence.COMPARE_FOUND: Promise.REFUSED,
    Fence.NONCE: Promise.REPLAYED,
    Fence.BOTH: Promise.WHOLE,
}

OWN, ANOTHERS, OF_ANOTHER_BODY = Order("a", by=0), Order("a", by=1), Order("b", by=2)
MUG = Sku("MUG-RED")
Looked = tuple[RealOrder | None, Mapping[Sku, Product]]
QUANTITIES = {"a": 1, "b": 2}


def test_no_promise_is_broken() -> None:
    assert not Placing().broken()


@pytest.mark.parametrize("fence", Fence, ids=lambda fence: fence.name)
def test_without_the_fence_its_promise_breaks(fence: Fence) -> None:
    assert BREAKS[fence] in Placing(fence).broken()


@pytest.mark.parametrize("product", [True, False], ids=["sold", "no longer sold"])
@pytest.mark.parametrize("found", [None, OWN, ANOTHERS, OF_ANOTHER_BODY])
def test_the_route_reads_as_the_model_does(found: Order | None, product: bool, world: World) -> None:
    world.stocked(MUG)
    if found:
        _place(world, found.body)
    if not product:
        world.table.delete(keys.product(MUG))
    assert _answer(_place(world, "a")) == _modelled(READ, found, product)


@pytest.mark.parametrize("found", [ANOTHERS, OF_ANOTHER_BODY])
def test_the_route_looks_again_as_the_model_does(
    found: Order, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has seen no order; then one is placed, and the product leaves before it is looked up."""
    world.stocked(MUG)
    look = Orders.get_for_placement

    def torn(orders: Orders, order_id: OrderId, skus: Sequence[Sku]) -> Looked:
        monkeypatch.setattr(Orders, "get_for_placement", look)
        before, _ = look(orders, order_id, skus)
        with within(None):
            _place(world, found.body)
            world.table.delete(keys.product(MUG))
        _, catalogue = look(orders, order_id, skus)
        return before, catalogue

    monkeypatch.setattr(Orders, "get_for_placement", torn)
    assert _answer(_place(world, "a")) == _modelled(PRICE, found, product=False)


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
    assert _answer(_place(world, "a")) == _modelled(WRITE, found, product=True)


def _place(world: World, body: str) -> Response:
    return world.place(order_body((MUG, QUANTITIES[body])), key="the-key-of-all")


def _answer(response: Response) -> Answer:
    if response.status == 202:
        bodies = {quantity: body for body, quantity in QUANTITIES.items()}
        (line,) = response.body["lines"]
        return Answer(bodies[line["quantity"]], repeats="idempotency-replayed" in response.headers)
    return {
        ProblemType.UNKNOWN_SKU.uri: Answer(None, unknown_sku=True),
        ProblemType.IDEMPOTENCY_KEY_REUSED.uri: Answer(None, repeats=True),
    }[response.body["type"]]


def _modelled(about_to: str, found: Order | None, product: bool) -> Answer:
    """What the first request is answered in the end, if nothing else happens."""
    placing = Placing()
    requests = (Request(about_to), *(Request(),) * (len(BODIES) - 1))
    state = State(orders=(found,) if found else (), product=product, requests=requests)
    while state.requests[0].answer is None:
        ((after, then),) = placing.acts(state, 0)
        state = after._replace(requests=(then, *state.requests[1:]))
    return state.requests[0].answer
