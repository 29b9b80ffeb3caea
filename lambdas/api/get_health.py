"""GET /health: whether the API can reach its table."""

import os

from ordering.aws.logging import logger
from ordering.domain.product import Sku
from ordering.dynamodb.client import Table
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.health import HealthView
from ordering.repositories.keys import product_keys

table = Table.of_environment()


@route
def handler(request: Request) -> Response:
    """Returns 200, or 503 if the table does not respond."""
    try:
        table.get(product_keys.product(Sku("health")), consistent=False)
    except Exception:
        # The caller, for example a load balancer, needs no details.
        logger.exception("the table does not respond")
        raise Problem(ProblemType.UNAVAILABLE, "The table does not respond.") from None
    return Response(200, HealthView(status="ok", stage=os.environ["STAGE"]))
