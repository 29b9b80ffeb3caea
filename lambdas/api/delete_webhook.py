"""DELETE /webhooks/{webhookId}: deletes one of the caller's webhook endpoints."""

from ordering.dynamodb.client import Table
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.repositories.webhooks import Webhooks

webhooks = Webhooks(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 204. Nothing more is sent to the endpoint, also no event that waits for its next attempt."""
    webhook_id = request.webhook_id()
    if webhook_id is None or not webhooks.remove(request.caller.customer_id, webhook_id):
        raise Problem(ProblemType.WEBHOOK_NOT_FOUND, "You have no webhook endpoint with this id.")
    return Response(204, None)
