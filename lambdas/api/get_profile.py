"""GET /customers/me: the caller's profile."""

from ordering.dynamodb.client import Table
from ordering.http.conditional import is_unchanged
from ordering.http.entity_tags import entity_tag
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.views import profile_view
from ordering.repositories.customers import Customers

customers = Customers(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 200 with the profile and its `ETag`, 304 if `If-None-Match` names that `ETag`, or 404."""
    profile = customers.find(request.caller.customer_id)
    if profile is None:
        raise Problem(ProblemType.PROFILE_NOT_FOUND, "You have no profile.")
    headers = {"etag": entity_tag(profile.tag)}
    if is_unchanged(request, profile.tag):
        return Response(304, None, headers)
    return Response(200, profile_view(profile), headers)
