"""GET /webhooks: lists the caller's webhook endpoints."""

from ordering.dynamodb.client import Table
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.webhooks import WebhookList
from ordering.http.views import webhook_view
from ordering.repositories.webhooks import Webhooks

webhooks = Webhooks(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 200 with your endpoints, without their secrets."""
    endpoints = webhooks.of(request.caller.customer_id)
    return Response(200, WebhookList(webhooks=[webhook_view(each) for each in endpoints]))
