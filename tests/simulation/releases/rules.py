"""The rules by which a release may differ from the one before it. docs/upgrading.md explains each of them."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Rule(Enum):
    """A rule: its id, and what it requires of the later of two releases."""

    ITEM_1 = "An item keeps its keys, and those of its index entries."
    ITEM_2 = "An attribute that every item of a kind has is still written, under its name."
    ITEM_3 = "An attribute keeps its type."
    ITEM_4 = "A status, reason or other enumerated value is one that the earlier release knows."
    ITEM_5 = "An item without the attributes that are new can still be read."
    EVENT_1 = "A change is published under the same event id."
    EVENT_2 = "An event type is still published, with every field that it always has."
    EVENT_3 = "A field of an event keeps its type, and has values that the earlier release knows."
    MESSAGE_1 = "A message keeps its fields and their types."
    MESSAGE_2 = "A message or event without the fields that are new can still be processed."
    CURSOR_1 = "A cursor of either release continues the same list in the other."
    KEY_1 = "A customer's idempotency key identifies the same order."
    KEY_2 = "A body that is sent again has the same fingerprint."
    MACHINE_1 = "A function that the earlier state machine calls still exists."
    MACHINE_2 = "A step accepts the input that either state machine gives it."
    MACHINE_3 = "An outcome of a step has a branch in both state machines."
    SETTING_1 = "A function keeps the environment variables that the earlier code reads."
    GUARANTEES = "Orders that both releases serve end, and no guarantee breaks."

    @property
    def id(self) -> str:
        """Its name in docs/upgrading.md."""
        return self.name.replace("_", "-")


class Finding(NamedTuple):
    """A rule that a release breaks, and how."""

    rule: Rule
    text: str

    def __str__(self) -> str:
        return f"{self.rule.id} is broken: {self.text}\n    {self.rule.id}: {self.rule.value}"
