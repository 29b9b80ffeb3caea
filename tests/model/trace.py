"""How a state came about, told step by step."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.model.execution import Execution, late_moves, moves, moves_of_the_world
from tests.model.search import Search, packed, unpacked
from tests.model.shop import Shop
from tests.model.steps.action import Action

WORLD, LATE = "world", "late"


class Standing(NamedTuple):
    """A state in which each execution keeps its name."""

    shop: Shop
    executions: tuple[Execution, Execution]
    late: tuple[Action, ...]


class Event(NamedTuple):
    """Who did what."""

    who: str
    says: str
    then: Standing


def trace(search: Search, state: int) -> str:
    """The shortest way to a state of a search without reduction, one line for each moment."""
    path = [state]
    while search.came_from[path[-1]] != path[-1]:
        path.append(search.came_from[path[-1]])
    path.reverse()
    shop, first, second, late = unpacked(path[0])
    known = search.executions.known
    standing = Standing(
        search.shops.known[shop], (known[first], known[second]), search.lates.known[late]
    )
    lines = []
    for number, following in enumerate(path[1:], start=1):
        event = next(each for each in _events(search, standing) if _number(search, each.then) == following)
        lines.append(f"{number:3}  {event.who:<5}  {event.says}{_changes(standing.shop, event.then.shop)}")
        standing = event.then
    return "\n".join(lines)


def _events(search: Search, now: Standing) -> Iterator[Event]:
    """Everything that may happen next, and to whom."""
    for mover in range(search.bounds.executions):
        for move in moves(now.executions[mover], now.shop, search.effects):
            first, second = now.executions
            both = (move.execution, second) if mover == 0 else (first, move.execution)
            late = now.late if move.late is None else move.late
            yield Event("AB"[mover], move.says, Standing(move.shop, both, late))
    for says, late, shop in late_moves(now.late, now.shop, search.effects):
        yield Event(LATE, says, Standing(shop, now.executions, late))
    for says, shop in moves_of_the_world(now.shop, search.fences):
        yield Event(WORLD, says, Standing(shop, now.executions, now.late))


def _number(search: Search, standing: Standing) -> int:
    shop, (first, second), late = standing
    numbers = search.executions
    return packed(search.shops[shop], numbers[first], numbers[second], search.lates[late])


def _changes(before: Shop, after: Shop) -> str:
    """What of our own items changed; the providers' books are in the words of the call."""
    parts = []
    for name, old, new in zip(Shop._fields, before, after, strict=True):
        if old != new and name not in ("captures", "stock", "books"):
            parts.append(f"{name}: {_word(old)} → {_word(new)}")
    return f"   [{'; '.join(parts)}]" if parts else ""


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"{page.payment_id} {page.status}" for page in value) or "none"
    return str(value) if value else "none"
