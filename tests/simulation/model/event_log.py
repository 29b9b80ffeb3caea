"""How a broken promise came about, as a person reads it: one line for each moment."""

from collections.abc import Iterable

from tests.simulation.model.search import Event
from tests.simulation.model.shop import Page, Shop

_TOLD = ("order", "reservation", "ledger", "shipment")


def told(events: Iterable[Event]) -> str:
    """Who did what, in order, and in brackets what of the order's items it changed."""
    lines = []
    before = Shop()
    for number, event in enumerate(events, start=1):
        lines.append(f"{number:3}  {event.who:<5}  {event.says}{_changes(before, event.shop)}")
        before = event.shop
    return "\n".join(lines)


def _changes(before: Shop, after: Shop) -> str:
    parts = []
    for name in _TOLD:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            parts.append(f"{name}: {_word(old)} → {_word(new)}")
    if after.astray != before.astray:
        parts.append(after.astray)
    return f"   [{'; '.join(parts)}]" if parts else ""


def _word(value: object) -> str:
    if isinstance(value, tuple):
        pages = (page for page in value if isinstance(page, Page))
        return ", ".join(f"{page.payment_id} {page.status}" for page in pages) or "none"
    return str(value) if value else "none"
