"""GET /admin/orders/{orderId}: any customer's order."""

from ordering.dead_letters.mail_log import MailRecord, mails_about
from ordering.domain.operator_text import Redactor
from ordering.dynamodb.client import Table
from ordering.http.admin_views import any_order_view
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.admin import MailView
from ordering.repositories.orders import Orders

table = Table.of_environment()
orders = Orders(table)


@route
def handler(request: Request) -> Response:
    """Returns 200 with the order, or 404."""
    order_id = request.order_id()
    details = orders.load(order_id) if order_id else None
    if details is None:
        raise Problem(ProblemType.ORDER_NOT_FOUND, "There is no order with this id.")
    redact = Redactor.of(details)
    mails = [_view(each, redact) for each in mails_about(table, details)]
    return Response(200, any_order_view(details, mails))


def _view(mail: MailRecord, redact: Redactor) -> MailView:
    return MailView(
        event_id=mail.event_id,
        event_type=mail.event_type,
        outcome=redact(mail.description),
        at=mail.at,
    )
