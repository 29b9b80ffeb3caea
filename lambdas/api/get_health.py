"""GET /health: whether the API can do its work, which is to reach its table."""

import os

from ordering.http.answer import Answer, route
from ordering.http.request import Request
from ordering.http.shapes import HealthView
from ordering.product import Sku
from ordering.table import keys
from ordering.table.client import Table

table = Table.of_environment()


@route
def handler(request: Request) -> Answer:
    """200, or a problem when the table does not answer."""
    table.get(keys.product(Sku("health")), consistent=False)
    return Answer(200, HealthView(status="ok", stage=os.environ["STAGE"]))
