"""What EventBridge says of an event that it could not bring to a rule's target."""

from __future__ import annotations

from ops.piles import Message


def undelivered_because(message: Message) -> str:
    """Why it could not: it says so in the message's attributes."""
    said = message.attributes
    cause = f"{said.get('ERROR_CODE', 'no error code')}: {said.get('ERROR_MESSAGE', 'no message')}"
    if condition := said.get("EXHAUSTED_RETRY_CONDITION"):
        cause += f" ({condition}, {said.get('RETRY_ATTEMPTS', '?')} retries)"
    return cause
