"""PUT /customers/me: enter the caller's profile, or change it."""

from ordering.domain.clock import now
from ordering.dynamodb.client import Table
from ordering.http.answer import Answer, route
from ordering.http.conditional import expected_tag, outpaced
from ordering.http.entity_tags import entity_tag
from ordering.http.request import Request
from ordering.http.shapes import PutProfile
from ordering.http.views import profile_view
from ordering.repositories.customers import Customers
from ordering.repositories.versioned_items import ETagMismatch

customers = Customers(Table.of_environment())


@route
def handler(request: Request) -> Answer:
    """201 with the profile when it is new, 200 when it was there and `If-Match` names its `ETag`.

    It replaces the whole: what is left out is gone.

    Where the shop sends mail, you are told at `email` from now on when an order of yours is confirmed, and
    when it has ended.
    """
    customer_id, wanted = request.caller.customer_id, request.body(PutProfile)
    address = wanted.address.as_record() if wanted.address else None
    present = customers.find(customer_id)
    expected = expected_tag(request, present.tag if present else None)
    try:
        profile = customers.put(customer_id, wanted.email, address, at=now(), expected=expected)
    except ETagMismatch as mismatch:
        raise outpaced(request, mismatch) from None
    status = 201 if expected is None else 200
    return Answer(status, profile_view(profile), {"etag": entity_tag(profile.tag)})
