"""Events as text: one line for each."""

from collections.abc import Iterable

from tests.simulation.model.search import Event
from tests.simulation.model.shared_state import PaymentEntry, SharedState

_REPORTED_FIELDS = ("order", "reservation", "ledger", "shipment")


def format_events(events: Iterable[Event]) -> str:
    """Returns one line for each event: who acts, what they do, and in brackets which items of the order
    changed."""
    lines = []
    before = SharedState()
    for number, event in enumerate(events, start=1):
        lines.append(f"{number:3}  {event.who:<5}  {event.description}{_changes(before, event.shared)}")
        before = event.shared
    return "\n".join(lines)


def _changes(before: SharedState, after: SharedState) -> str:
    parts = []
    for name in _REPORTED_FIELDS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            parts.append(f"{name}: {_text(old)} → {_text(new)}")
    if after.illegal_transition != before.illegal_transition:
        parts.append(after.illegal_transition)
    return f"   [{'; '.join(parts)}]" if parts else ""


def _text(value: object) -> str:
    if isinstance(value, tuple):
        entries = (entry for entry in value if isinstance(entry, PaymentEntry))
        return ", ".join(f"{entry.payment_id} {entry.status}" for entry in entries) or "none"
    return str(value) if value else "none"
