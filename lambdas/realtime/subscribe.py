"""Subscribe: a client of the WebSocket API sends its token, and is told about orders from then on.

The token is in the first message and not in the address, because addresses are logged. Until its connection
has subscribed, a client is told nothing.

| if it dies after          | then                                                                       |
|---------------------------|----------------------------------------------------------------------------|
| the connection is written | the client gets no response, connects again and subscribes again           |
| the oldest one is closed  | its item is deleted by the next event of an order that it would be told of |
"""

import os
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering.aws.logging import logger
from ordering.aws.websocket import WebSocketClients
from ordering.domain import identity
from ordering.domain.clock import now, text_of
from ordering.domain.order import CustomerId, OrderId
from ordering.domain.realtime import (
    Audience,
    Connection,
    OrderChanged,
    Subscribed,
    Subscription,
    changed_since,
)
from ordering.dynamodb.client import Table
from ordering.http.body import read_body
from ordering.http.checking import checked
from ordering.http.problems import Problem, ProblemType
from ordering.repositories.connections import Connections
from ordering.repositories.items import UnreadableRecord
from ordering.repositories.keys import customer_keys
from ordering.repositories.orders import Orders
from ordering.tokens.issuers import issuers_of
from ordering.tokens.refusals import RefusalReason, TokenRefused
from ordering.tokens.verification import Verified, Verifier

verifier = Verifier(issuers_of(os.environ["ISSUERS"]))
table = Table.of_environment()
connections, orders, clients = Connections(table), Orders(table), WebSocketClients()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Returns the message for the client: that it is subscribed, or a problem with the fields to fix."""
    request = event["requestContext"]
    logger.append_keys(connection_id=request["connectionId"], request_id=request["requestId"])
    try:
        message = checked(read_body((event.get("body") or "").encode(), Subscription))
        reply: msgspec.Struct = _subscribe(request["connectionId"], message)
    except Problem as problem:
        logger.info("refused", extra={"problem": problem.kind.slug})
        reply = problem.body(request["requestId"])
    except Exception:
        logger.exception("fault")
        reply = Problem(ProblemType.INTERNAL, "The connection is not subscribed; try again").body(
            request["requestId"]
        )
    return {"statusCode": 200, "body": msgspec.json.encode(reply).decode()}


def _subscribe(connection_id: str, message: Subscription) -> Subscribed:
    token, customer = _verified(message)
    connection = Connection(
        connection_id=connection_id,
        customer_id=customer,
        audience=message.orders,
        subscribed_at=now(),
        expires_at=token.expires_at,
    )
    connections.keep(connection)
    _close_oldest(connection)
    logger.info("subscribed", extra={"orders": message.orders.value})
    return Subscribed(
        orders=message.orders,
        expires_at=text_of(token.expires_at * 1000),
        changed=list(filter(None, (_changed(each, seen, connection) for each, seen in message.seen.items()))),
    )


def _verified(message: Subscription) -> tuple[Verified, CustomerId]:
    """Returns the claims of the token, and its customer. Raises Problem, which does not tell why."""
    try:
        token = verifier.verify(message.token)
        customer = identity.customer_id(token.issuer, token.subject)
        logger.append_keys(customer_id=customer)
        if not token.permits(message.orders.scope):
            raise TokenRefused(RefusalReason.MISSING_SCOPE)
        if table.get(customer_keys.block(customer)) is not None:
            raise TokenRefused(RefusalReason.BLOCKED)
    except TokenRefused as refusal:
        logger.info("denied", extra={"reason": refusal.reason.value})
        raise Problem(
            ProblemType.TOKEN_REFUSED,
            f"token: must be a valid access token with the scope {message.orders.scope}",
        ) from None
    return token, customer


def _close_oldest(connection: Connection) -> None:
    """Close the oldest connections above the number that a customer, or all operators, may have."""
    all_orders = connection.audience is Audience.ALL
    open_ = connections.of(None if all_orders else connection.customer_id)
    for oldest in open_[: -connection.audience.most_connections]:
        clients.close(oldest.connection_id)
        connections.remove(oldest)


def _changed(order_id: str, seen: int, connection: Connection) -> OrderChanged | None:
    """Returns what has changed since a version of an order; None if nothing has, or it is another's order."""
    try:
        order = orders.find(OrderId(order_id))
    except UnreadableRecord:
        return None
    own = order is not None and order.customer_id == connection.customer_id
    return changed_since(order, seen) if order and (own or connection.audience is Audience.ALL) else None
