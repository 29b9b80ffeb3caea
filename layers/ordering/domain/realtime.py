"""Messages between a client and the WebSocket API, and the connections that are told about orders.

A client sends one kind of message, `Subscription`, as soon as it is connected, and again before its token
expires. It is told that an order has changed. Then it reads the order by the HTTP API, so that one place
decides what a caller may see.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from ordering.domain.base import Body, Positive, Record, WrongField
from ordering.domain.events.types import EventType
from ordering.domain.identity import is_order_id
from ordering.domain.order import CustomerId, Order

# A page shows one order or one page of orders.
MAX_SEEN = 20
# As in the rules of tokens.
_LONGEST_TOKEN = 8 * 1024


class Audience(StrEnum):
    """Whose orders a connection is told about."""

    MINE = "mine"
    ALL = "all"
    """Everybody's: for operators."""

    @property
    def most_connections(self) -> int:
        """How many connections of one customer, or of all operators, are told about orders."""
        return 50 if self is Audience.ALL else 10

    @property
    def scope(self) -> str:
        """The scope that a token needs."""
        return "orders:admin" if self is Audience.ALL else "orders:read"


class Subscription(Body, frozen=True):
    """The message of a client: its access token, and the orders that it shows with their versions."""

    action: Literal["subscribe"]
    token: Annotated[str, Meta(min_length=1, max_length=_LONGEST_TOKEN)]
    orders: Audience = Audience.MINE
    seen: Annotated[dict[str, Positive], Meta(max_length=MAX_SEEN)] = field(default_factory=dict)

    def wrong_field(self) -> WrongField | None:
        """Return the field `seen` if one of its members is not an order's id."""
        if any(not is_order_id(each) for each in self.seen):
            return WrongField("seen", "must map ids of orders, as the API writes them, to their versions")
        return None


class OrderChanged(Struct, frozen=True, kw_only=True, rename="camel", tag_field="type", tag="orderChanged"):
    """Tells a client that an order has changed. A change of a refund has neither status nor version."""

    order_id: str
    event: EventType | UnsetType = UNSET
    status: str | UnsetType = UNSET
    version: int | UnsetType = UNSET


class Subscribed(Struct, frozen=True, kw_only=True, rename="camel", tag_field="type", tag="subscribed"):
    """Tells a client that it is subscribed, until when, and which of the orders it shows have changed."""

    orders: Audience
    expires_at: str
    changed: Sequence[OrderChanged]


class Connection(Record, frozen=True):
    """A connection that has subscribed, until its token expires (seconds since 1970)."""

    connection_id: str
    customer_id: CustomerId
    audience: Audience
    subscribed_at: str
    expires_at: int


def changed_since(order: Order, version: int) -> OrderChanged | None:
    """Return what a client that has seen this version of an order is told; None if it has seen the last."""
    if order.version <= version:
        return None
    return OrderChanged(order_id=order.order_id, status=order.status.value, version=order.version)
