"""GET /customers/me/export: the status of the last copy of the caller's data, and a link to it."""

from datetime import timedelta

from ordering.aws.export_files import FRESH_LINK_SECONDS, ExportFiles
from ordering.domain.clock import later, now
from ordering.dynamodb.client import Table
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.views import export_view
from ordering.repositories.exports import Exports

exports = Exports(Table.of_environment())
files = ExportFiles.of_environment()


@route
def handler(request: Request) -> Response:
    """Returns 200 with the status, or 404 if you have requested no copy within the last thirty days.

    When the copy is made, and for two days, the response has a link to the file in `url`. It works for five
    minutes, and each response has a new one. Anyone who has it can read the file: open it, and keep it
    nowhere.
    """
    export = exports.find(request.caller.customer_id)
    if export is None:
        raise Problem(ProblemType.EXPORT_NOT_FOUND, "You have requested no copy of your data.")
    at = now()
    if not export.has_file(at):
        return Response(200, export_view(export))
    link = files.link(export.file, seconds=FRESH_LINK_SECONDS)
    expires_at = later(at, timedelta(seconds=FRESH_LINK_SECONDS))
    return Response(200, export_view(export, url=link, url_expires_at=expires_at))
