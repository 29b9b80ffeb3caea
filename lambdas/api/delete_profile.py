"""DELETE /customers/me: forget how to reach the caller, and where their closed orders went.

The profile goes in the one write that also notes what is to follow. That is done as far as there is time;
whatever is left, or fails, the sweep goes on with.
"""

import time

from ordering.aws.logging import logger
from ordering.dynamodb.client import Table
from ordering.http.answer import Answer, route
from ordering.http.request import Request
from ordering.repositories.removals import Removals

# The function has ten, and a page of orders must fit into what is left.
_WORKS_SECONDS = 5

removals = Removals(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """204, whether there was a profile or not: to repeat it is safe. 202 if you have so many orders that it
    takes longer: the profile is gone, and the rest goes on by itself.

    You are sent no more mail, and the addresses of your closed orders are removed with it. An open order
    keeps its address, so that it can be delivered: some ninety days later that is removed, too.
    """
    deadline = time.monotonic() + _WORKS_SECONDS
    removal = removals.ask(request.caller.customer_id)
    try:
        done = removals.go_on(removal, lambda: time.monotonic() < deadline)
    except Exception:
        # It is noted what there is to do: nothing that fails here has to be asked for again.
        logger.exception("goes on later")
        done = False
    return Answer(204 if done else 202, None)
