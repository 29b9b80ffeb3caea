"""Parameters and headers that several routes share, as the API's description tells of them."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from ordering.domain.order import Status
from ordering.http import entity_tags, idempotency


class Parameter(Struct, frozen=True, kw_only=True):
    """A parameter of the path or the query string, or a header: `schema` describes its text."""

    name: str
    place: str
    description: str
    schema: Mapping[str, Any]
    example: Any
    required: bool = False


_TIME = {"type": "string", "format": "date-time"}
_KEY = {
    "type": "string",
    "minLength": 1,
    "maxLength": idempotency.MAX_KEY_LENGTH + len('""'),
    "pattern": idempotency.PATTERN,
}

IDEMPOTENCY_KEY = Parameter(
    name="Idempotency-Key",
    place="header",
    description=(
        "One key for one order: a request that is repeated with its key and its body finds the order that it "
        "made. A UUID is a good one, stored before the order is placed. It has 1 to 255 visible ASCII "
        "characters. Double quotes around it are no part of it; a key that holds a comma needs them. Without "
        "a key, every request that arrives makes an order."
    ),
    schema=_KEY,
    example="5f7c1c2e-8a0b-4a39-9a63-0d6c2f1f7b11",
)
REQUIRED_IDEMPOTENCY_KEY = Parameter(
    name="Idempotency-Key",
    place="header",
    description=(
        "One key for one entry: units are counted once for each key. The number of the delivery is a good "
        "one, or that of the stocktaking. Its form is that of an order's key."
    ),
    schema=_KEY,
    example="delivery-2026-11-21-001",
    required=True,
)
IF_MATCH = Parameter(
    name="If-Match",
    place="header",
    description=(
        "The `ETag` of what you mean to change, as it came; left out to enter something new. `*` changes "
        "whatever is there, whoever changed it last."
    ),
    schema={"type": "string", "pattern": entity_tags.PATTERN},
    example='"5e0c7a1b9d3f4826"',
)
IF_MATCH_TO_REMOVE = Parameter(
    name="If-Match",
    place="header",
    description=(
        "The `ETag` of what you mean to remove, as it came: 428 without it. `*` removes whatever is there, "
        "whoever changed it last."
    ),
    schema={"type": "string", "pattern": entity_tags.PATTERN},
    example='"5e0c7a1b9d3f4826"',
)
ONLY_NEW = Parameter(
    name="If-None-Match",
    place="header",
    description="`*` to enter something new and change nothing that is there: 412 if there is.",
    schema={"type": "string", "enum": ["*"]},
    example="*",
)
IF_NONE_MATCH = Parameter(
    name="If-None-Match",
    place="header",
    description="The `ETag` of what you have: the answer is 304 while nothing newer is there.",
    schema={"type": "string"},
    example='"5e0c7a1b9d3f4826"',
)


def limit(default: int) -> Parameter:
    """How many to answer; the default is the route's."""
    return Parameter(
        name="limit",
        place="query",
        description="How many to answer at most.",
        schema={"type": "integer", "minimum": 1, "maximum": 100, "default": default},
        example=default,
    )


CURSOR = Parameter(
    name="cursor",
    place="query",
    description="`next` of the page before, unchanged, with the other parameters as they were.",
    schema={"type": "string", "minLength": 1},
    example="TVVHLVJFRA",
)
STATUS = Parameter(
    name="status",
    place="query",
    description="Only orders of this status.",
    schema={"type": "string", "enum": [status.value for status in Status]},
    example="FULFILLED",
)
CREATED_AFTER = Parameter(
    name="createdAfter",
    place="query",
    description="Only orders placed after this time (RFC 3339, with its offset or `Z`).",
    schema=_TIME,
    example="2026-11-01T00:00:00Z",
)
CREATED_BEFORE = Parameter(
    name="createdBefore",
    place="query",
    description="Only orders placed before this time (RFC 3339, with its offset or `Z`).",
    schema=_TIME,
    example="2026-12-01T00:00:00Z",
)
OPEN_FOR_MINUTES = Parameter(
    name="openForMinutes",
    place="query",
    description="Only orders that have not moved for so long.",
    schema={"type": "integer", "minimum": 0, "maximum": 10080, "default": 15},
    example=15,
)

LOCATION = Parameter(
    name="Location",
    place="header",
    description=(
        "Where the order is to be read. A relative reference: resolve it against the request's address "
        "(RFC 3986, section 5). So it holds wherever the API is mounted."
    ),
    schema={"type": "string", "format": "uri-reference"},
    required=True,
    example="orders/67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc",
)
REPLAYED = Parameter(
    name="Idempotency-Replayed",
    place="header",
    description="`true` when the key came before: nothing was made, and this is how it stands now.",
    schema={"type": "string", "enum": ["true"]},
    example="true",
)
ETAG = Parameter(
    name="ETag",
    place="header",
    description="The tag of what was answered: another one after every change. Treat it as opaque.",
    schema={"type": "string"},
    required=True,
    example='"5e0c7a1b9d3f4826"',
)
VARY = Parameter(
    name="Vary",
    place="header",
    description="What a cache has to keep apart: answers to different web pages.",
    schema={"type": "string"},
    required=True,
    example="origin",
)
VARY_BY_CODING = Parameter(
    name="Vary",
    place="header",
    description="What a cache has to keep apart: answers in different codings.",
    schema={"type": "string"},
    required=True,
    example="accept-encoding",
)
CONTENT_ENCODING = Parameter(
    name="Content-Encoding",
    place="header",
    description="`gzip` where `Accept-Encoding` admits it; absent from an answer that is not compressed.",
    schema={"type": "string", "enum": ["gzip"]},
    example="gzip",
)
CACHE_CONTROL = Parameter(
    name="Cache-Control",
    place="header",
    description="How long the answer may be kept.",
    schema={"type": "string"},
    required=True,
    example="public, max-age=30",
)
