"""Connections of the WebSocket API, and when clients were last told about an order.

An item of a connection is deleted when the connection is gone, and expires with the token. Nothing depends on
it: a connection that has no item is told nothing, and its client reads the order from time to time anyway.

| if it dies after                   | then                                                                |
|------------------------------------|---------------------------------------------------------------------|
| a connection is written            | the client subscribes again; the item is written again, unchanged   |
| the time of an announcement is set | the event is redelivered, and clients are told a second later       |
"""

from datetime import timedelta

from ordering.domain.clock import later, unix_seconds
from ordering.domain.order import CustomerId
from ordering.domain.realtime import Audience, Connection
from ordering.dynamodb.client import ConditionFailed, Table
from ordering.repositories import keys
from ordering.repositories.items import SCHEMA_VERSION, item_of, record_in_list
from ordering.repositories.keys import Key, realtime_keys

# Longer than an event may be redelivered.
_ANNOUNCEMENTS_KEPT = timedelta(days=1)


def _key(connection: Connection) -> Key:
    owner = None if connection.audience is Audience.ALL else connection.customer_id
    return realtime_keys.connection(owner, connection.connection_id)


class Connections:
    """The connections of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def keep(self, connection: Connection) -> None:
        """Write a connection, or replace it if it has subscribed before. An older message changes nothing."""
        item = item_of(connection, _key(connection))
        values = {f":{name}": value for name, value in item.items() if name not in ("PK", "SK")}
        names = {f"#{name}": name for name in item if name not in ("PK", "SK")}
        assignments = ", ".join(f"{name} = :{name[1:]}" for name in names)
        try:
            self._table.update(
                _key(connection),
                f"SET {assignments} ADD #version :one",
                names={**names, "#version": "version"},
                values={**values, ":one": 1},
                condition="attribute_not_exists(PK) OR #subscribedAt <= :subscribedAt",
            )
        except ConditionFailed:
            return

    def of(self, customer_id: CustomerId | None) -> list[Connection]:
        """Return a customer's connections, those of operators if None, the oldest subscription first."""
        found = self._table.query(
            "PK = :partition", {":partition": realtime_keys.connections_partition(customer_id)}
        )
        connections = [each for item in found if (each := record_in_list(item, Connection))]
        return sorted(connections, key=lambda each: each.subscribed_at)

    def remove(self, connection: Connection) -> None:
        """Delete a connection, unless it has subscribed again since it was read."""
        try:
            self._table.delete_if(
                _key(connection),
                "attribute_not_exists(PK) OR subscribedAt = :read",
                values={":read": connection.subscribed_at},
            )
        except ConditionFailed:
            return

    def may_announce(self, order_id: str, *, at: str, pause: timedelta) -> bool:
        """Record that clients are told about an order now, unless they were within the last `pause`."""
        try:
            self._table.update(
                realtime_keys.announced(order_id),
                f"SET schemaVersion = :schema, announcedAt = :at, {keys.TIME_TO_LIVE} = :expires "
                "ADD #version :one",
                names={"#version": "version"},
                values={
                    ":schema": SCHEMA_VERSION,
                    ":at": at,
                    ":expires": unix_seconds(later(at, _ANNOUNCEMENTS_KEPT)),
                    ":earlier": later(at, -pause),
                    ":one": 1,
                },
                condition="attribute_not_exists(PK) OR announcedAt <= :earlier",
            )
        except ConditionFailed:
            return False
        return True
