"""GET /health: whether the API can do its work, which is to reach its table."""

import os

from ordering.aws.logging import logger
from ordering.domain.product import Sku
from ordering.dynamodb.client import Table
from ordering.http.answer import Answer, route
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.shapes import HealthView
from ordering.repositories import keys

table = Table.of_environment()


@route
def handler(request: Request) -> Answer:
    """200, or 503 when the table does not answer."""
    try:
        table.get(keys.product(Sku("health")), consistent=False)
    except Exception:
        # Whatever the fault, whoever asks (a load balancer, say) wants to know no more than this.
        logger.exception("the table does not answer")
        raise Problem(ProblemType.UNAVAILABLE, "The table does not answer.") from None
    return Answer(200, HealthView(status="ok", stage=os.environ["STAGE"]))
