"""GET /webhooks/{webhookId}/deliveries: the log of what was sent to one of the caller's webhook endpoints."""

from ordering.dynamodb.client import Table
from ordering.http.paging import cursor_to, position_of
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.webhooks import WebhookDeliveryPage
from ordering.http.views import webhook_delivery_view
from ordering.repositories.webhook_deliveries import Deliveries, DeliveryCursor
from ordering.repositories.webhooks import Webhooks

table = Table.of_environment()
webhooks, deliveries = Webhooks(table), Deliveries(table)


@route
def handler(request: Request) -> Response:
    """Returns 200 with a page of up to `limit` deliveries, newest first. The log keeps thirty days.

    A delivery is one event for one endpoint. Its body is not returned: `GET /orders/{orderId}` shows the
    order. The list may lag behind by a moment.
    """
    webhook_id = request.webhook_id()
    limit = request.int_parameter("limit", default=20, least=1, most=100)
    # Signed for the endpoint, which has one owner.
    purpose = f"deliveries {webhook_id}"
    after = position_of(request, purpose, DeliveryCursor)
    endpoint = webhooks.find(request.caller.customer_id, webhook_id) if webhook_id else None
    if endpoint is None:
        raise Problem(ProblemType.WEBHOOK_NOT_FOUND, "You have no webhook endpoint with this id.")
    found, unreadable, position = deliveries.page(endpoint.webhook_id, limit, after)
    page = WebhookDeliveryPage(
        deliveries=[webhook_delivery_view(each) for each in found],
        unreadable=tuple(unreadable),
        next=cursor_to(position, purpose) if position else None,
    )
    return Response(200, page)
