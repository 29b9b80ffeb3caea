"""Placing an order with one key: a request, its retries, and a request with another body, in every order.

The model of the saga begins with an existing order; this one shows that a key creates at most one. Three
requests have the same key, two of them the same body. Each looks for an order, then for the product, and then
writes. Each may die at any time or lose its response, and is then sent again. The SDK may resend a write that
took effect. Meanwhile the order changes status, and the product leaves the catalogue.
"""

from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import NamedTuple

from ordering.guards import Guard
from tests.simulation.model.numbered import Numbered

BODIES = ("a", "a", "b")


class Shape(StrEnum):
    """What ensures guarantee 1 by the structure of the code, beside its guards (`ordering.guards`)."""

    LOOK_FIRST = "The order is looked up before the prices"
    NONCE = "A nonce distinguishes an order that the write found from the request's own"
    BOTH = "The order and its address are written in one transaction"


GUARDS = (Guard.PLACE_KEYED, Guard.PLACE_LOOK_AGAIN, Guard.PLACE_ABSENT, Guard.PLACE_SAME_BODY)
"""The guards that can be removed from this model, as each `Shape` can."""


class PlacingGuarantee(StrEnum):
    """What must hold for a key."""

    ONE_ORDER = "1. One order at most for each customer and key"
    UNTOUCHED = "1. A placed order is never overwritten by a later request"
    REFUSED = "1. The same key with another body is refused, not merged"
    ANSWERED = "1. A retry gets its order, however the catalogue has changed"
    REPLAYED = "1. A response is marked as replayed only if another request placed the order"
    WHOLE = "4. An accepted order has an address"


class Order(NamedTuple):
    """One order of the key."""

    body: str
    by: int
    """The request that placed it, recognised by the nonce."""
    moved_on: bool = False
    address: bool = True


class PlacingResponse(NamedTuple):
    """The response to a client: 202 with an order of this body, or 422."""

    body: str | None
    repeats: bool = False
    unknown_sku: bool = False


class Request(NamedTuple):
    """The progress of a request: before its read, before its write, or finished."""

    about_to: str = "read"
    came_after: bool = False
    """Whether its order existed before it was sent."""
    response: PlacingResponse | None = None


class State(NamedTuple):
    """The orders of the key, the catalogue, and the requests."""

    orders: tuple[Order, ...] = ()
    product: bool = True
    placed_before: bool = False
    """Whether there was an order when the product left the catalogue."""
    requests: tuple[Request, ...] = (Request(),) * len(BODIES)
    written_over: bool = False


READ, PRICE, WRITE, ADDRESS = "read", "read the price", "write", "write the address"
READ_AGAIN, PRICE_AGAIN = "read again", "read the price again"


class Placing:
    """Every state that can be reached, with or without some of the guards, until a guarantee breaks."""

    def __init__(self, *without: Guard | Shape) -> None:
        self._without: Collection[Guard | Shape] = without
        self.states = Numbered[State]()
        self.states[State()]
        for state in self.states.known:  # The list grows during the iteration.
            if any(broken(state)):
                break
            for after in self._following(state):
                self.states[after]

    def broken(self) -> set[PlacingGuarantee]:
        """Returns the guarantees that some state breaks."""
        return {guarantee for state in self.states.known for guarantee in broken(state)}

    def _is_on(self, guard: Guard | Shape) -> bool:
        return guard not in self._without

    def _following(self, state: State) -> Iterator[State]:
        for number, request in enumerate(state.requests):
            # It dies, or its response is lost; the client sends it again.
            yield _with(state, number, Request(came_after=bool(state.orders)))
            if request.response is None:
                for after, then in self.acts(state, number):
                    yield _with(after, number, then)
                    # The SDK resends a write whose response was lost.
                    if request.about_to == WRITE and after != state:
                        yield _with(after, number, request)
        if state.product:
            yield state._replace(product=False, placed_before=bool(state.orders))
        for index, order in enumerate(state.orders):
            yield _replaced(state, index, order._replace(moved_on=True))

    def acts(self, state: State, number: int) -> Iterator[tuple[State, Request]]:
        """Yields what a request does next, and its progress afterwards. As `lambdas/api/place_order.py`."""
        request, body = state.requests[number], BODIES[number]
        found = state.orders[0] if state.orders and self._is_on(Guard.PLACE_KEYED) else None
        if request.about_to in (READ, READ_AGAIN):
            if found and self._is_on(Shape.LOOK_FIRST):
                yield state, request._replace(response=self._repeated(found, body))
            else:
                yield state, request._replace(about_to=PRICE if request.about_to == READ else PRICE_AGAIN)
        elif request.about_to in (PRICE, PRICE_AGAIN):
            if state.product:
                yield state, request._replace(about_to=WRITE)
            elif request.about_to == PRICE and self._is_on(Guard.PLACE_LOOK_AGAIN):
                yield state, request._replace(about_to=READ_AGAIN)
            else:
                yield state, request._replace(response=PlacingResponse(None, unknown_sku=True))
        elif request.about_to == ADDRESS:
            index = next(place for place, order in enumerate(state.orders) if order.by == number)
            whole = _replaced(state, index, state.orders[index]._replace(address=True))
            yield whole, request._replace(response=PlacingResponse(body))
        elif found and self._is_on(Guard.PLACE_ABSENT):
            own = found.by == number and self._is_on(Shape.NONCE)
            response = PlacingResponse(found.body) if own else self._repeated(found, body)
            yield state, request._replace(response=response)
        else:
            placed = Order(body, number, address=self._is_on(Shape.BOTH))
            kept = () if found else state.orders[:2]
            after = state._replace(
                orders=(*kept, placed), written_over=state.written_over or bool(found and found.moved_on)
            )
            done = request._replace(response=PlacingResponse(body))
            yield after, done if placed.address else request._replace(about_to=ADDRESS)

    def _repeated(self, found: Order, body: str) -> PlacingResponse:
        same = found.body == body or not self._is_on(Guard.PLACE_SAME_BODY)
        return PlacingResponse(found.body if same else None, repeats=True)


def broken(state: State) -> Iterator[PlacingGuarantee]:
    """Yields the guarantees that this state breaks."""
    if len(state.orders) > 1:
        yield PlacingGuarantee.ONE_ORDER
    if state.written_over:
        yield PlacingGuarantee.UNTOUCHED
    for number, (request, body) in enumerate(zip(state.requests, BODIES, strict=True)):
        response = request.response
        if response is None:
            continue
        if response.body not in (None, body):
            yield PlacingGuarantee.REFUSED
        if response.unknown_sku and (request.came_after or state.placed_before):
            yield PlacingGuarantee.ANSWERED
        if response.repeats and state.orders[0].by == number and not request.came_after:
            yield PlacingGuarantee.REPLAYED
        if response.body and not all(order.address for order in state.orders):
            yield PlacingGuarantee.WHOLE


def _with(state: State, number: int, request: Request) -> State:
    requests = state.requests
    return state._replace(requests=(*requests[:number], request, *requests[number + 1 :]))


def _replaced(state: State, index: int, order: Order) -> State:
    return state._replace(orders=(*state.orders[:index], order, *state.orders[index + 1 :]))
