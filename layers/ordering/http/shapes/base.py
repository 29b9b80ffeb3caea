"""What the bodies of responses have in common."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

Time = Annotated[
    str,
    Meta(
        description="RFC 3339, in UTC, with milliseconds.",
        examples=["2026-11-21T12:00:00.000Z"],
        extra_json_schema={"format": "date-time"},
    ),
]
OrderIdText = Annotated[str, Meta(description="The order's id.", extra_json_schema={"format": "uuid"})]
Version = Annotated[int, Meta(ge=1, description="Increases with every change.")]
Cursor = Annotated[str, Meta(description="The `cursor` of the next page. Absent if there are no more pages.")]


UnreadableIds = Annotated[
    Sequence[str],
    Meta(
        description="Ids of what the page leaves out because its stored record cannot be read: order ids, "
        "SKUs, keys of stock entries or ids of events. They still exist. Operators have been notified."
    ),
]


class View(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Part of a response body. Names are in camel case; a field without a value is absent, not null."""
