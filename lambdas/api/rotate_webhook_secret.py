"""POST /webhooks/{webhookId}/secret: gives one of the caller's webhook endpoints a new secret."""

from ordering.domain.clock import now
from ordering.dynamodb.client import Table
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.views import webhook_with_secret
from ordering.repositories.webhooks import Webhooks
from ordering.webhooks.secret_key import webhook_keys

webhooks = Webhooks(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 200 with the endpoint and its new secret. The secret cannot be read again; store it now.

    For 24 hours, webhooks have two signatures: by the new secret and by the one before it. A receiver that
    knows either of them verifies them. If you rotate again within this time, the older one is no longer used.
    """
    customer_id, webhook_id = request.caller.customer_id, request.webhook_id()
    endpoint = webhooks.find(customer_id, webhook_id) if webhook_id else None
    if endpoint is None:
        raise Problem(ProblemType.WEBHOOK_NOT_FOUND, "You have no webhook endpoint with this id.")
    key = webhook_keys.current()
    rotated = webhooks.rotate(endpoint, key_id=key.id, at=now())
    if rotated is None:
        raise Problem(ProblemType.BUSY, "Another request has changed the endpoint. Nothing was changed.")
    return Response(200, webhook_with_secret(rotated, rotated.secret(key.value)))
