"""The refusal of what an operator asks for."""

from __future__ import annotations


class CommandRefused(Exception):
    """A command that cannot, or should not, continue: ``why``, and the ``remedy``."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(f"{why}; {remedy}")
        self.why = why
        self.remedy = remedy


class UnreadableOrder(CommandRefused):
    """An order that this release cannot read: another release wrote it, or a person."""
