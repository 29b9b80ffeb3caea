"""DELETE /customers/me: deletes the caller's profile, webhook endpoints, and addresses of closed orders.

One write deletes the profile and records that the addresses must follow. This function removes as many as its
time allows; the scheduled sweep removes the rest, also after an error.
"""

import time

from ordering.aws.logging import logger
from ordering.dynamodb.client import Table
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.repositories.removals import Removals

# The function has a timeout of ten seconds, and one more page of orders must fit into the rest.
_WORKS_SECONDS = 5

removals = Removals(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 204, also if there was no profile; the request can be retried safely.

    Returns 202 if you have so many orders that it takes longer: the profile is deleted, and the addresses are
    removed in the background.

    You receive no more mail and no more webhooks: your webhook endpoints are deleted. The addresses of your
    closed orders are removed. An open order keeps its address, so that it can be delivered; that address is
    removed about ninety days later.
    """
    deadline = time.monotonic() + _WORKS_SECONDS
    removal = removals.ask(request.caller.customer_id)
    try:
        done = removals.resume(removal, lambda: time.monotonic() < deadline)
    except Exception:
        # The removal is recorded: the sweep continues it, so the client need not retry.
        logger.exception("removal continues later")
        done = False
    return Response(204 if done else 202, None)
