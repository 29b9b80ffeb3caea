"""POST /customers/me/export: requests a copy of all data that is stored about the caller.

One write records the request, and `process_customer_data` does the rest.
"""

from ordering.domain.clock import now
from ordering.dynamodb.client import Table
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.views import export_view
from ordering.repositories.exports import Exports, NoProfile, TooSoon

exports = Exports(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 202. Within minutes, a link to the copy is sent to the e-mail address of your profile.

    The copy is one JSON file. The link works for twelve hours at most, and may end earlier.
    `GET /customers/me/export` returns the status, and new links for two days; then the file is deleted. While
    a copy is being made, another request returns the same one. You may request the next one a day after you
    have received one.
    """
    try:
        export = exports.request(request.caller.customer_id, at=now())
    except NoProfile:
        raise Problem(
            ProblemType.PROFILE_REQUIRED,
            "The link is sent by e-mail: first create your profile, by `PUT /customers/me` with `email`.",
        ) from None
    except TooSoon as error:
        raise Problem(
            ProblemType.EXPORT_TOO_SOON, f"You can request the next copy from {error.next_at} on."
        ) from None
    return Response(202, export_view(export))
