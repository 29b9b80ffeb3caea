"""GET /admin/sales: totals of sales."""

from datetime import date

from ordering.domain.money import Money
from ordering.domain.sales import MAX_DAYS, Total
from ordering.domain.sales_groups import By
from ordering.dynamodb.client import Table
from ordering.http.paging import cursor_to, position_of
from ordering.http.problems import ProblemType, invalid_field
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.sales import SalesPage, SalesTotal
from ordering.repositories.sales import Sales, SalesCursor

sales = Sales(Table.of_environment())


@route
def handler(request: Request) -> Response:
    """Returns 200 with a page of the totals of the days `from` to `to`, in the order of what they are `by`.

    An order counts on the day on which it was fulfilled, refunded or cancelled, in the shop's time zone. An
    order with products of several categories counts in each of them, and once in the totals by day and by
    currency. Totals lag behind by a moment.

    If the totals are rebuilt while you page, the cursor is refused: begin with the first page again.
    """
    first, last = _day(request, "from"), _day(request, "to")
    if not 0 <= (last - first).days < MAX_DAYS:
        message = f"must be `from` or one of the {MAX_DAYS - 1} days after it"
        raise invalid_field(ProblemType.INVALID_PARAMETER, "to", message)
    by = request.enum_parameter("by", By) or By.DAY
    limit = request.int_parameter("limit", default=50, least=1, most=100)
    state = sales.state()
    # The rows of a rebuild are others: a page of them must not continue a page of the earlier ones.
    purpose = f"sales {state.active} {first} {last} {by}"
    after = position_of(request, purpose, SalesCursor)
    totals, position = sales.totals(state, by, first, last, limit=limit, after=after)
    page = SalesPage(
        totals=[_view(total, by) for total in totals],
        next=cursor_to(position, purpose) if position else None,
    )
    return Response(200, page)


def _day(request: Request, name: str) -> date:
    text = request.query(name) or ""
    try:
        day = date.fromisoformat(text)
        # Weeks, and dates without dashes, are not RFC 3339.
        if day.isoformat() == text:
            return day
    except ValueError:
        pass
    raise invalid_field(ProblemType.INVALID_PARAMETER, name, "must be a day such as 2026-11-21")


def _view(total: Total, by: By) -> SalesTotal:
    def money(amount: int) -> Money:
        return Money(amount=amount, currency=total.currency)

    counts, name = total.counts, total.name or None
    return SalesTotal(
        day=name if by is By.DAY else None,
        sku=name if by is By.PRODUCT else None,
        category=name if by is By.CATEGORY else None,
        currency=total.currency,
        orders=counts.orders,
        units=counts.units,
        revenue=money(counts.revenue),
        refunds=counts.refunds,
        refunded=money(counts.refunded),
        cancellations=counts.cancellations,
        cancelled=money(counts.cancelled),
    )
