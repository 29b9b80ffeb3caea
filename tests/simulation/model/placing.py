"""Placing with one key: a request, its repeats, and a request with another body, in every order.

The saga's model begins with an order that is there; this one is about how it comes to be there once. Three
requests carry the same key, two of them the same body. Each looks for an order, then for the product, and
then writes; each may die at any moment or have its answer lost, and is then sent again; the SDK may send a
write again that took effect. Meanwhile the order moves on, and the product leaves the catalogue.
"""

from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import NamedTuple

from tests.simulation.model.numbered import Numbered

BODIES = ("a", "a", "b")


class Fence(StrEnum):
    """What keeps the promise of one order, by name, so that it can be taken away."""

    DERIVED_ID = "The order's id is derived from the customer and the key"
    LOOK_FIRST = "The order is looked for before the catalogue is asked for prices"
    LOOK_TWICE = "The order is looked for again before a request is refused because of the catalogue"
    WRITE_IF_ABSENT = "The order is written only where there is none"
    COMPARE_READ = "The body of an order that the reading found is compared"
    COMPARE_FOUND = "The body of an order that the write found is compared"
    NONCE = "An order that the write found is told from the request's own by a nonce"
    BOTH = "The order and its address are written at once"


class Promise(StrEnum):
    """What the design promises of a key."""

    ONE_ORDER = "1. One order at most for each customer and key"
    UNTOUCHED = "1. An order that was placed is never placed again over what became of it"
    REFUSED = "1. The same key with another body is refused, not merged"
    ANSWERED = "1. A repeat is answered with its order, whatever became of the catalogue"
    REPLAYED = "1. An answer says that it repeats only if another request placed the order"
    WHOLE = "4. An accepted order knows where it goes"


class Order(NamedTuple):
    """One order of the key."""

    body: str
    by: int
    """Which request placed it; it is known by the nonce."""
    moved_on: bool = False
    address: bool = True


class Answer(NamedTuple):
    """What a client hears: 202 with an order of this body, or 422."""

    body: str | None
    repeats: bool = False
    unknown_sku: bool = False


class Request(NamedTuple):
    """Where a request stands: it is yet to read, about to write, or answered."""

    about_to: str = "read"
    came_after: bool = False
    """Whether its order was there before it was sent."""
    answer: Answer | None = None


class State(NamedTuple):
    """The orders of the key, the catalogue, and the requests."""

    orders: tuple[Order, ...] = ()
    product: bool = True
    placed_before: bool = False
    """Whether there was an order when the product left."""
    requests: tuple[Request, ...] = (Request(),) * len(BODIES)
    written_over: bool = False


READ, PRICE, WRITE, ADDRESS = "read", "read the price", "write", "write the address"
READ_AGAIN, PRICE_AGAIN = "read again", "read the price again"


class Placing:
    """Everything that can come of it, with or without some of the fences, until a promise breaks."""

    def __init__(self, *without: Fence) -> None:
        self._without: Collection[Fence] = without
        self.states = Numbered[State]()
        self.states[State()]
        for state in self.states.known:  # the list grows while it is read
            if any(broken(state)):
                break
            for after in self._following(state):
                self.states[after]

    def broken(self) -> set[Promise]:
        """The promises that some state breaks."""
        return {promise for state in self.states.known for promise in broken(state)}

    def _stands(self, fence: Fence) -> bool:
        return fence not in self._without

    def _following(self, state: State) -> Iterator[State]:
        for number, request in enumerate(state.requests):
            # It dies, or its answer is lost; the client sends it again.
            yield _with(state, number, Request(came_after=bool(state.orders)))
            if request.answer is None:
                for after, then in self.acts(state, number):
                    yield _with(after, number, then)
                    # The SDK sends a write again whose answer it lost.
                    if request.about_to == WRITE and after != state:
                        yield _with(after, number, request)
        if state.product:
            yield state._replace(product=False, placed_before=bool(state.orders))
        for index, order in enumerate(state.orders):
            yield _replaced(state, index, order._replace(moved_on=True))

    def acts(self, state: State, number: int) -> Iterator[tuple[State, Request]]:
        """What a request does next, and where it stands then. As `lambdas/api/place_order.py`."""
        request, body = state.requests[number], BODIES[number]
        found = state.orders[0] if state.orders and self._stands(Fence.DERIVED_ID) else None
        if request.about_to in (READ, READ_AGAIN):
            if found and self._stands(Fence.LOOK_FIRST):
                yield state, request._replace(answer=self._repeated(found, body, Fence.COMPARE_READ))
            else:
                yield state, request._replace(about_to=PRICE if request.about_to == READ else PRICE_AGAIN)
        elif request.about_to in (PRICE, PRICE_AGAIN):
            if state.product:
                yield state, request._replace(about_to=WRITE)
            elif request.about_to == PRICE and self._stands(Fence.LOOK_TWICE):
                yield state, request._replace(about_to=READ_AGAIN)
            else:
                yield state, request._replace(answer=Answer(None, unknown_sku=True))
        elif request.about_to == ADDRESS:
            index = next(place for place, order in enumerate(state.orders) if order.by == number)
            whole = _replaced(state, index, state.orders[index]._replace(address=True))
            yield whole, request._replace(answer=Answer(body))
        elif found and self._stands(Fence.WRITE_IF_ABSENT):
            own = found.by == number and self._stands(Fence.NONCE)
            answer = Answer(found.body) if own else self._repeated(found, body, Fence.COMPARE_FOUND)
            yield state, request._replace(answer=answer)
        else:
            placed = Order(body, number, address=self._stands(Fence.BOTH))
            kept = () if found else state.orders[:2]
            after = state._replace(
                orders=(*kept, placed), written_over=state.written_over or bool(found and found.moved_on)
            )
            done = request._replace(answer=Answer(body))
            yield after, done if placed.address else request._replace(about_to=ADDRESS)

    def _repeated(self, found: Order, body: str, fence: Fence) -> Answer:
        same = found.body == body or not self._stands(fence)
        return Answer(found.body if same else None, repeats=True)


def broken(state: State) -> Iterator[Promise]:
    """The promises that this state breaks."""
    if len(state.orders) > 1:
        yield Promise.ONE_ORDER
    if state.written_over:
        yield Promise.UNTOUCHED
    for number, (request, body) in enumerate(zip(state.requests, BODIES, strict=True)):
        answer = request.answer
        if answer is None:
            continue
        if answer.body not in (None, body):
            yield Promise.REFUSED
        if answer.unknown_sku and (request.came_after or state.placed_before):
            yield Promise.ANSWERED
        if answer.repeats and state.orders[0].by == number and not request.came_after:
            yield Promise.REPLAYED
        if answer.body and not all(order.address for order in state.orders):
            yield Promise.WHOLE


def _with(state: State, number: int, request: Request) -> State:
    requests = state.requests
    return state._replace(requests=(*requests[:number], request, *requests[number + 1 :]))


def _replaced(state: State, index: int, order: Order) -> State:
    return state._replace(orders=(*state.orders[:index], order, *state.orders[index + 1 :]))
