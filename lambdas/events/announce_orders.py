"""Announce orders: tell the clients of the WebSocket API that an order has changed.

A message may be sent twice, which does no harm: it tells the client to read the order. So nothing is recorded
of an event. Between two messages about one order there is at least a second.

| if it dies                            | then                                                              |
|---------------------------------------|-------------------------------------------------------------------|
| before the messages are sent          | the event is redelivered                                          |
| after some of the messages are sent   | the same, and those clients are told twice, at least a second     |
|                                       | apart                                                             |
| after a connection is closed          | it is gone, and its item is deleted by the next event             |
"""

import os
from datetime import timedelta
from time import sleep

from ordering import guards
from ordering.aws.logging import logger
from ordering.aws.websocket import WebSocketClients
from ordering.consumers.event_consumer import Busy, Consumer
from ordering.consumers.order_owner import owner_of
from ordering.domain.announcements import EVENT_TYPES, change_of, is_announced
from ordering.domain.clock import now, seconds_since, unix_seconds
from ordering.domain.events.envelope import Event
from ordering.domain.realtime import Connection, OrderChanged
from ordering.dynamodb.client import Table
from ordering.guards import Guard
from ordering.repositories.connections import Connections
from ordering.repositories.orders import Orders

# Clients that still show the order have read it since. So a replay of the archive sends no messages.
_LATEST = timedelta(minutes=15)
_PAUSE = timedelta(seconds=1)
# As long as the pause, so that one wait is enough unless yet another event comes first.
_WAITS = 3

table = Table.of_environment()
orders, connections, clients = Orders(table), Connections(table), WebSocketClients()
consumer = Consumer("announce_orders", table, queue_url=os.environ["ANNOUNCEMENTS_QUEUE_URL"])


@consumer.repeats(*EVENT_TYPES)
def announce(event: Event) -> str:
    """Tell those who may know about the order. Delete connections that are gone, or whose token expired."""
    if not is_announced(event):
        return "CANARY"
    if seconds_since(event.time) > _LATEST.total_seconds():
        return "TOO_OLD"
    listening = [*connections.of(owner_of(event, orders)), *connections.of(None)]
    current = [each for each in listening if _is_current(each)]
    if not current:
        return "NOBODY"
    _wait_for_turn(event)
    message = change_of(event)
    failures = [error for each in current if (error := _tell(each, message))]
    if failures:
        raise failures[0]
    return "ANNOUNCED"


def _is_current(connection: Connection) -> bool:
    """Whether the token has not expired. Closes the connection if it has."""
    if not guards.applies(Guard.ANNOUNCE_EXPIRED, connection.expires_at <= unix_seconds(now())):
        return True
    clients.close(connection.connection_id)
    connections.remove(connection)
    return False


def _wait_for_turn(event: Event) -> None:
    """Wait until a second has passed since the last announcement of the order. Raises Busy."""
    for _ in range(_WAITS):
        if connections.may_announce(event.subject, at=now(), pause=_PAUSE):
            return
        sleep(_PAUSE.total_seconds())
    raise Busy(event.id)


def _tell(connection: Connection, message: OrderChanged) -> Exception | None:
    """Returns the error if the message was not sent, so that one connection never holds up the others."""
    try:
        if not clients.send(connection.connection_id, message):
            connections.remove(connection)
    except Exception as error:
        logger.warning("not told", extra={"connection_id": connection.connection_id, "error": repr(error)})
        return error
    return None


handler = consumer.handler
