"""One example of each problem, as a handler raises it."""

from collections.abc import Mapping

from ordering.domain.money import Money
from ordering.http import idempotency
from ordering.http.coding import UNCODED
from ordering.http.problems import FieldError, Problem, ProblemBody, ProblemType, invalid_field
from ordering.http.request import MAX_BODY_BYTES
from ordering.http.response import UNREADABLE
from ordering.http.shapes.orders import LineView

REQUEST_ID = "JKJaXmPLvHcESHA="

_PRICE = Money(amount=1390, currency="EUR")
_TOTAL = Money(amount=2780, currency="EUR")
_MUGS = LineView(sku="MUG-RED", name="Red mug", quantity=2, unit_price=_PRICE, total=_TOTAL)
_PRICE_CHANGED = (
    "the order costs 27.80 EUR now; show this total to the customer, and if they agree, "
    "send it with the same key"
)

REFUSALS = (
    Problem(ProblemType.MALFORMED_BODY, "The body is empty; send a JSON object."),
    invalid_field(ProblemType.INVALID_PARAMETER, "limit", "must be an integer from 1 to 100"),
    invalid_field(ProblemType.INVALID_IDEMPOTENCY_KEY, idempotency.HEADER, idempotency.FORM),
    idempotency.missing_key(),
    invalid_field(
        ProblemType.NOT_ACCEPTABLE, "Accept-Encoding", "must allow `gzip` or `identity`, or be left out"
    ),
    invalid_field(ProblemType.UNSUPPORTED_CODING, "Content-Encoding", UNCODED),
    Problem(
        ProblemType.BODY_TOO_LARGE,
        f"The body has {MAX_BODY_BYTES + 4464} bytes; the maximum is {MAX_BODY_BYTES}.",
    ),
    invalid_field(ProblemType.INVALID_BODY, "lines[0].quantity", "Expected `int` >= 1"),
    invalid_field(ProblemType.UNKNOWN_SKU, "lines[0].sku", "the catalogue has no product `MUG-BLUE`"),
    invalid_field(
        ProblemType.MIXED_CURRENCIES,
        "lines",
        "the products are priced in EUR, GBP; place one order for each currency",
    ),
    invalid_field(
        ProblemType.IDEMPOTENCY_KEY_REUSED,
        "Idempotency-Key",
        "was already used for an order with another body; use a new key for a new order",
    ),
    Problem(ProblemType.ORDER_NOT_FOUND, "You have no order with this id."),
    Problem(ProblemType.PRODUCT_NOT_FOUND, "The catalogue has no product with this SKU."),
    Problem(ProblemType.IMAGE_NOT_FOUND, "The product has no image with this id."),
    Problem(ProblemType.PROFILE_NOT_FOUND, "You have no profile."),
    Problem(ProblemType.EXPORT_NOT_FOUND, "You have requested no copy of your data."),
    Problem(
        ProblemType.PROFILE_REQUIRED,
        "The link is sent by e-mail: first create your profile, by `PUT /customers/me` with `email`.",
    ),
    Problem(ProblemType.EXPORT_TOO_SOON, "You can request the next copy from 2026-11-22T12:00:00.000Z on."),
    Problem(
        ProblemType.PRICE_CHANGED,
        f"expectedTotal: {_PRICE_CHANGED}",
        [FieldError("expectedTotal", _PRICE_CHANGED)],
        {"lines": [_MUGS], "total": _TOTAL},
    ),
    Problem(ProblemType.WEBHOOK_NOT_FOUND, "You have no webhook endpoint with this id."),
    Problem(ProblemType.QUEUE_NOT_FOUND, "The stage has no dead-letter queue of this name."),
    Problem(ProblemType.TOO_MANY_WEBHOOKS, "You have 5 endpoints, which is the maximum. Delete one first."),
    Problem(ProblemType.TOO_LATE_TO_CANCEL, "The carrier has already been asked to collect the goods."),
    Problem(
        ProblemType.NOT_ENOUGH_STOCK,
        "3 units are available and can be removed; open orders hold 2 more.",
        members={"available": 3, "held": 2},
    ),
    Problem(ProblemType.STOCK_IS_HELD, "Open orders hold 2 of its units; try again later."),
    Problem(
        ProblemType.TOO_MANY_IMAGES,
        "It has 12 images, those included that were refused; remove one first.",
    ),
    Problem(
        ProblemType.PRECONDITION_FAILED,
        'It has changed: read it again before you change it. Its `ETag` is now "5e0c7a1b9d3f4826".',
    ),
    Problem(
        ProblemType.PRECONDITION_REQUIRED,
        'Read it, then send `If-Match: "5e0c7a1b9d3f4826"` to change or remove it.',
    ),
    Problem(
        ProblemType.TOKEN_REFUSED,
        "The token was refused: missing-claim. Get a new token from your issuer.",
    ),
    Problem(ProblemType.BUSY, "Nothing was changed."),
    Problem(ProblemType.UNAVAILABLE, "The table does not respond."),
    Problem(ProblemType.INTERNAL, "The error has been logged."),
    UNREADABLE,
)
"""One of each kind, as a handler raises it."""

PROBLEMS: Mapping[ProblemType, ProblemBody] = {problem.kind: problem.body(REQUEST_ID) for problem in REFUSALS}
"""problem type → the body of a response of this type."""
