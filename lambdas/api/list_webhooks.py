"""GET /webhooks: lists the caller's webhook endpoints."""

from ordering.dynamodb.client import Table
from ordering.http.answer import Answer, route
from ordering.http.request import Request
from ordering.http.shapes import WebhookList
from ordering.http.views import webhook_view
from ordering.repositories.webhooks import Webhooks

webhooks = Webhooks(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """Returns 200 with your endpoints, without their secrets."""
    endpoints = webhooks.of(request.caller.customer_id)
    return Answer(200, WebhookList(webhooks=[webhook_view(each) for each in endpoints]))
