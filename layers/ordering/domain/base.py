"""Base classes of the records and request bodies."""

from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

# Bounds of stored numbers. A record outside of them is unreadable, so that no response contains such a value.
NonNegative = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]


class Record(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A stored record: immutable, written in camel case without the fields that have their default value.

    Unknown fields are ignored on reading, so that code can read what a later release wrote while two
    releases run side by side.
    """


class MemberError(ValueError):
    """A member of a body is invalid in a way that the types of the members cannot express."""

    def __init__(self, member: str, message: str) -> None:
        super().__init__(message)
        self.member = member


class Body(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """A request body. An unknown field is refused, since it is most often a misspelt one.

    When a body is encoded again, fields with their default value are left out: a body therefore has the same
    fingerprint before and after a release that adds a field.
    """

    def wrong_field(self) -> "WrongField | None":
        """Return the first field that is invalid given the others; None if there is none."""
        return None


class WrongField(NamedTuple):
    """An invalid field of a body: its name in JSON, and a message with the values that it accepts."""

    name: str
    message: str
