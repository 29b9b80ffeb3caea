"""DELETE /customers/me: forget how to reach the caller, and where their closed orders went."""

from ordering.http.answer import Answer, route
from ordering.http.request import Request
from ordering.table.client import Table
from ordering.table.customers import Customers

customers = Customers(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """204, whether there was a profile or not: to repeat it is safe.

    You are sent no more mail, and the addresses of your closed orders are removed with it. An open order
    keeps its address, so that it can be delivered: some ninety days later that is removed, too.
    """
    customers.forget(request.caller.customer_id)
    return Answer(204, None)
