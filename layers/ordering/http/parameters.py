"""Parameters and headers of routes, as they appear in the API's description."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from ordering.domain.metric_graphs import MetricPeriod
from ordering.domain.order import Status
from ordering.domain.product import CATEGORY_PATTERN
from ordering.domain.sales_groups import By
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
        "Identifies one order: a retry with the same key and body returns the order that the first request "
        "created. Use a UUID, and store it before you place the order. A key has 1 to 255 visible ASCII "
        "characters. Double quotes around it are not part of the key; a key with a comma needs them. Without "
        "a key, every request creates a new order."
    ),
    schema=_KEY,
    example="5f7c1c2e-8a0b-4a39-9a63-0d6c2f1f7b11",
)
REQUIRED_IDEMPOTENCY_KEY = Parameter(
    name="Idempotency-Key",
    place="header",
    description=(
        "Identifies one entry: units are counted once for each key. Use the number of the delivery or of the "
        "stocktaking, for example. The format is that of an order's key."
    ),
    schema=_KEY,
    example="delivery-2026-11-21-001",
    required=True,
)
IF_MATCH = Parameter(
    name="If-Match",
    place="header",
    description=(
        "To update: the `ETag` of the version that you have read, exactly as you received it, or `*` for any "
        "version. To create: leave it out."
    ),
    schema={"type": "string", "pattern": entity_tags.PATTERN},
    example='"5e0c7a1b9d3f4826"',
)
IF_MATCH_TO_REMOVE = Parameter(
    name="If-Match",
    place="header",
    description=(
        "The `ETag` of the version that you have read, exactly as you received it, or `*` for any version. "
        "Without it, the response is 428."
    ),
    schema={"type": "string", "pattern": entity_tags.PATTERN},
    example='"5e0c7a1b9d3f4826"',
)
ONLY_NEW = Parameter(
    name="If-None-Match",
    place="header",
    description="`*` to create only: the response is 412 if the resource already exists.",
    schema={"type": "string", "enum": ["*"]},
    example="*",
)
IF_NONE_MATCH = Parameter(
    name="If-None-Match",
    place="header",
    description="The `ETag` of the version that you have: the response is 304 if there is no newer one.",
    schema={"type": "string"},
    example='"5e0c7a1b9d3f4826"',
)


def limit(default: int) -> Parameter:
    """Returns the parameter for the size of a page, with the route's default."""
    return Parameter(
        name="limit",
        place="query",
        description="The maximum number of items on the page.",
        schema={"type": "integer", "minimum": 1, "maximum": 100, "default": default},
        example=default,
    )


CURSOR = Parameter(
    name="cursor",
    place="query",
    description="The `next` of the previous page, unchanged. Keep the other parameters.",
    schema={"type": "string", "minLength": 1},
    example="TVVHLVJFRA",
)
CATEGORY = Parameter(
    name="category",
    place="query",
    description="Only products of this category.",
    schema={"type": "string", "pattern": CATEGORY_PATTERN},
    example="coffee-mugs",
)
ACTIVE = Parameter(
    name="active",
    place="query",
    description="`false` for the products that cannot be ordered, instead of those that can.",
    schema={"type": "boolean", "default": True},
    example=False,
)
STATUS = Parameter(
    name="status",
    place="query",
    description="Only orders with this status.",
    schema={"type": "string", "enum": [status.value for status in Status]},
    example="FULFILLED",
)
OPEN_STATUS = Parameter(
    name="status",
    place="query",
    description="Only orders with this status. A page may then hold fewer orders than `limit`.",
    schema={"type": "string", "enum": [status.value for status in Status if not status.is_terminal]},
    example="CANCELLING",
)
CREATED_AFTER = Parameter(
    name="createdAfter",
    place="query",
    description="Only orders placed after this time (RFC 3339, with an offset or `Z`).",
    schema=_TIME,
    example="2026-11-01T00:00:00Z",
)
CREATED_BEFORE = Parameter(
    name="createdBefore",
    place="query",
    description="Only orders placed before this time (RFC 3339, with an offset or `Z`).",
    schema=_TIME,
    example="2026-12-01T00:00:00Z",
)
OPEN_FOR_MINUTES = Parameter(
    name="openForMinutes",
    place="query",
    description="Only orders whose status has not changed for this many minutes.",
    schema={"type": "integer", "minimum": 0, "maximum": 10080, "default": 15},
    example=15,
)
_DAY = {"type": "string", "format": "date"}
FROM_DAY = Parameter(
    name="from",
    place="query",
    description="The first day (RFC 3339, `full-date`), in the shop's time zone.",
    schema=_DAY,
    example="2026-11-01",
    required=True,
)
TO_DAY = Parameter(
    name="to",
    place="query",
    description="The last day, which is included: at most 366 days with the first one.",
    schema=_DAY,
    example="2026-11-30",
    required=True,
)
BY = Parameter(
    name="by",
    place="query",
    description="What the totals are grouped by, beside their currency.",
    schema={"type": "string", "enum": [by.value for by in By], "default": By.DAY.value},
    example="category",
)
PERIOD = Parameter(
    name="period",
    place="query",
    description="How much time the graphs cover: hours or days until now.",
    schema={
        "type": "string",
        "enum": [period.value for period in MetricPeriod],
        "default": MetricPeriod.TWELVE_HOURS.value,
    },
    example="3h",
)

LOCATION = Parameter(
    name="Location",
    place="header",
    description=(
        "The URL of the order, as a relative reference: resolve it against the URL of the request (RFC 3986, "
        "section 5)."
    ),
    schema={"type": "string", "format": "uri-reference"},
    required=True,
    example="orders/67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc",
)
REPLAYED = Parameter(
    name="Idempotency-Replayed",
    place="header",
    description=(
        "`true` if the key was already used: nothing new was created, and the body is the current state."
    ),
    schema={"type": "string", "enum": ["true"]},
    example="true",
)
ETAG = Parameter(
    name="ETag",
    place="header",
    description="The tag of this version. It changes with every update. Treat it as opaque.",
    schema={"type": "string"},
    required=True,
    example='"5e0c7a1b9d3f4826"',
)
VARY = Parameter(
    name="Vary",
    place="header",
    description="The response differs by the origin of the web page.",
    schema={"type": "string"},
    required=True,
    example="origin",
)
VARY_BY_CODING = Parameter(
    name="Vary",
    place="header",
    description="The response differs by content coding.",
    schema={"type": "string"},
    required=True,
    example="accept-encoding",
)
CONTENT_ENCODING = Parameter(
    name="Content-Encoding",
    place="header",
    description="`gzip` if `Accept-Encoding` allows it; absent if the response is not compressed.",
    schema={"type": "string", "enum": ["gzip"]},
    example="gzip",
)
CACHE_CONTROL = Parameter(
    name="Cache-Control",
    place="header",
    description="How long the response may be cached.",
    schema={"type": "string"},
    required=True,
    example="public, max-age=30",
)
