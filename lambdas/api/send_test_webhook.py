"""POST /webhooks/{webhookId}/test: sends a test event to one of the caller's webhook endpoints."""

import os
from uuid import uuid4

from ordering.aws.webhook_queue import WebhookQueue
from ordering.domain.clock import now
from ordering.domain.webhooks.delivery import delivery_of_test
from ordering.dynamodb.client import Table
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.repositories.webhook_deliveries import Deliveries
from ordering.repositories.webhooks import Webhooks

table = Table.of_environment()
webhooks, deliveries = Webhooks(table), Deliveries(table)
queue = WebhookQueue(os.environ["WEBHOOK_DELIVERIES_QUEUE_URL"])


@route
def handler(request: Request) -> Response:
    """Returns 202: an event of the type `WebhookTest` is sent to the endpoint, once, within seconds.

    If the endpoint was disabled and acknowledges the test event, it is enabled again.
    """
    webhook_id = request.webhook_id()
    endpoint = webhooks.find(request.caller.customer_id, webhook_id) if webhook_id else None
    if endpoint is None:
        raise Problem(ProblemType.WEBHOOK_NOT_FOUND, "You have no webhook endpoint with this id.")
    delivery = delivery_of_test(endpoint, uuid4().hex, at=now())
    # In this order, as in `fan_out_webhooks`: there is no delivery without a message.
    queue.send([delivery])
    deliveries.create(delivery)
    return Response(202, None)
