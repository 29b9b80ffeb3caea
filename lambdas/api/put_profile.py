"""PUT /customers/me: creates or updates the caller's profile."""

from ordering.domain.clock import now
from ordering.domain.languages import Language
from ordering.dynamodb.client import Table
from ordering.http.conditional import expected_tag, precondition_failed
from ordering.http.entity_tags import entity_tag
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.customers import PutProfile
from ordering.http.views import profile_view
from ordering.repositories.customers import Customers
from ordering.repositories.versioned_items import ETagMismatch

customers = Customers(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 201 if the profile was created, and 200 if it was updated. An update needs `If-Match`.

    The request replaces the whole profile: a field that you leave out is removed.

    If this deployment sends mail, you are notified at `email` when an order is confirmed and when it has
    ended, in `language`.
    """
    customer_id, wanted = request.caller.customer_id, request.body(PutProfile)
    address = wanted.address.as_record() if wanted.address else None
    language = Language(wanted.language) if wanted.language else None
    stored = customers.find(customer_id)
    expected = expected_tag(request, stored.tag if stored else None)
    try:
        profile = customers.put(customer_id, wanted.email, address, language, at=now(), expected=expected)
    except ETagMismatch as mismatch:
        raise precondition_failed(request, mismatch) from None
    status = 201 if expected is None else 200
    return Response(status, profile_view(profile), {"etag": entity_tag(profile.tag)})
