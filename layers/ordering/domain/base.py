"""What every record of the domain has in common."""

from typing import NamedTuple

from msgspec import Struct


class Record(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A stored fact: immutable, camel case at rest and in JSON, absent rather than null.

    Unknown fields are ignored when it is read, so that code reads what its successor wrote while
    two releases run side by side.
    """


class MemberError(ValueError):
    """What is wrong with one member of a body, where the members' types alone cannot say it."""

    def __init__(self, member: str, message: str) -> None:
        super().__init__(message)
        self.member = member


class Body(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """What a client sends: an unknown field is refused, since it is most often a misspelt one.

    Written back, it is without what was left out: so a body has the same fingerprint before and after a
    release that adds a field.
    """

    def wrong_field(self) -> "WrongField | None":
        """The first field that is wrong in view of the others; None where a shape has no such rule."""
        return None


class WrongField(NamedTuple):
    """A field of a body, by its name in JSON, and what it takes instead."""

    name: str
    message: str
