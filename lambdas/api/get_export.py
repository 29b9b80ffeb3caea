"""GET /customers/me/export: the status of the last copy of the caller's data."""

from ordering.dynamodb.client import Table
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.views import export_view
from ordering.repositories.exports import Exports

exports = Exports(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 200 with the status, or 404 if you have requested no copy within the last thirty days.

    The response contains no link: it is only in the mail.
    """
    export = exports.find(request.caller.customer_id)
    if export is None:
        raise Problem(ProblemType.EXPORT_NOT_FOUND, "You have requested no copy of your data.")
    return Response(200, export_view(export))
