"""POST /webhooks: creates a webhook endpoint of the caller."""

from msgspec import UNSET

from ordering.domain.clock import now
from ordering.domain.webhooks.addresses import BadUrl, check_url
from ordering.domain.webhooks.endpoint import EVENT_TYPES, MAX_ENDPOINTS, new_endpoint
from ordering.dynamodb.client import Table
from ordering.http.problems import Problem, ProblemType, invalid_field
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.webhooks import CreateWebhook
from ordering.http.views import webhook_with_secret
from ordering.repositories.webhooks import TooManyEndpoints, Webhooks
from ordering.webhooks.local_receivers import local_receivers
from ordering.webhooks.secret_key import webhook_keys

webhooks = Webhooks(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 201 with the endpoint and its secret. The secret cannot be read again; store it now.

    Events of your own orders are then sent to the URL, in the format of Standard Webhooks. Verify the
    signature of each with a library of [Standard Webhooks](https://www.standardwebhooks.com), and respond
    with a status of 200 to 299 within 15 seconds. An event that is not acknowledged is sent again, up to ten
    times over three days, always with the same `webhook-id`. Redirects are not followed.

    You may have five endpoints. If you get no response, list your endpoints and delete the new one.
    """
    wanted = request.body(CreateWebhook)
    try:
        check_url(wanted.url, listed=local_receivers())
    except BadUrl as error:
        raise invalid_field(ProblemType.INVALID_BODY, "url", str(error)) from None
    types = EVENT_TYPES if wanted.types is UNSET else tuple(dict.fromkeys(wanted.types))
    key = webhook_keys.current()
    endpoint = new_endpoint(request.caller.customer_id, wanted.url, types, key_id=key.id, at=now())
    # Derived first: an endpoint whose secret cannot be shown is not created.
    secret = endpoint.secret(key.value)
    try:
        webhooks.create(endpoint)
    except TooManyEndpoints:
        detail = f"You have {MAX_ENDPOINTS} endpoints, which is the maximum. Delete one first."
        raise Problem(ProblemType.TOO_MANY_WEBHOOKS, detail) from None
    return Response(201, webhook_with_secret(endpoint, secret))
