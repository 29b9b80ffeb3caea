"""DELETE /customers/me: deletes the caller's profile, webhook endpoints, and addresses of closed orders.

One write deletes the profile and records that the addresses must follow. This function removes those of a
customer with few orders at once; `process_customer_data` removes the others, also after an error.
"""

import time

from ordering.aws.logging import logger
from ordering.dynamodb.client import Table
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.repositories.removals import Removals

# A page of a hundred orders takes a tenth of a second, so most customers get 204, and no request takes long.
_WORKS_SECONDS = 1

removals = Removals(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 204, also if there was no profile; the request can be retried safely.

    Returns 202 if you have so many orders that it takes longer: the profile is deleted, and the addresses are
    removed in the background.

    You receive no more mail and no more webhooks: your webhook endpoints are deleted. The addresses of your
    closed orders are removed. An open order keeps its address, so that it can be delivered; that address is
    removed about ninety days later. The file of an export of your data is deleted within minutes.
    """
    deadline = time.monotonic() + _WORKS_SECONDS
    removal = removals.ask(request.caller.customer_id)
    try:
        done = removals.resume(removal, lambda: time.monotonic() < deadline)
    except Exception:
        # The removal is recorded and will be continued, so the client need not retry.
        logger.exception("removal continues later")
        done = False
    return Response(204 if done else 202, None)
