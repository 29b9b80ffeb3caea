"""Error responses as `application/problem+json` (RFC 9457). This module lists every `type` of the API."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated, Any

from msgspec import Meta, Struct

from ordering.domain.money import Money
from ordering.http.shapes.orders import LineView

URN = "urn:problem-type:"


class ProblemType(Enum):
    """A kind of problem: its slug, its HTTP status and its title."""

    MALFORMED_BODY = ("malformed-body", 400, "The body is not valid JSON")
    INVALID_PARAMETER = ("invalid-parameter", 400, "A parameter is invalid")
    INVALID_IDEMPOTENCY_KEY = ("invalid-idempotency-key", 400, "The idempotency key is invalid")
    MISSING_IDEMPOTENCY_KEY = ("missing-idempotency-key", 400, "The idempotency key is missing")
    TOKEN_REFUSED = ("token-refused", 401, "The token lacks a required claim, or a claim is invalid")
    NOT_ACCEPTABLE = ("not-acceptable", 406, "No acceptable content coding is available")
    BODY_TOO_LARGE = ("body-too-large", 413, "The body is too large")
    UNSUPPORTED_CODING = ("unsupported-coding", 415, "The body must not be compressed")
    INVALID_BODY = ("invalid-body", 422, "The body does not match the schema")
    UNKNOWN_SKU = ("unknown-sku", 422, "A product of the order does not exist")
    MIXED_CURRENCIES = ("mixed-currencies", 422, "The products have different currencies")
    IDEMPOTENCY_KEY_REUSED = (
        "idempotency-key-reused",
        422,
        "The idempotency key was already used with another body",
    )
    ORDER_NOT_FOUND = ("order-not-found", 404, "The order does not exist")
    PRODUCT_NOT_FOUND = ("product-not-found", 404, "The product does not exist")
    IMAGE_NOT_FOUND = ("image-not-found", 404, "The image does not exist")
    PROFILE_NOT_FOUND = ("profile-not-found", 404, "The profile does not exist")
    EXPORT_NOT_FOUND = ("export-not-found", 404, "There is no export of your data")
    WEBHOOK_NOT_FOUND = ("webhook-not-found", 404, "The webhook endpoint does not exist")
    QUEUE_NOT_FOUND = ("queue-not-found", 404, "The queue does not exist")
    PRICE_CHANGED = ("price-changed", 409, "The order's total differs from the expected total")
    TOO_LATE_TO_CANCEL = ("too-late-to-cancel", 409, "The order can no longer be cancelled")
    NOT_ENOUGH_STOCK = ("not-enough-stock", 409, "Not enough units are available")
    STOCK_IS_HELD = ("stock-is-held", 409, "Open orders hold units of the product")
    TOO_MANY_IMAGES = ("too-many-images", 409, "The product has as many images as it may have")
    TOO_MANY_WEBHOOKS = ("too-many-webhooks", 409, "There are too many webhook endpoints")
    PROFILE_REQUIRED = ("profile-required", 409, "You have no profile with an e-mail address")
    EXPORT_TOO_SOON = ("export-too-soon", 409, "You have received a copy of your data recently")
    PRECONDITION_FAILED = ("precondition-failed", 412, "The resource has changed since you read it")
    PRECONDITION_REQUIRED = ("precondition-required", 428, "The request needs `If-Match`")
    BUSY = ("busy", 503, "Too many concurrent changes or requests; try again")
    UNAVAILABLE = ("unavailable", 503, "The API is unavailable")
    UNREADABLE_RECORD = ("unreadable-record", 500, "A stored record cannot be read")
    INTERNAL = ("internal", 500, "An internal error occurred")

    def __init__(self, slug: str, status: int, title: str) -> None:
        self.slug = slug
        self.status = status
        self.title = title

    @property
    def uri(self) -> str:
        """The `type` member, which clients compare. `GET /problems/{type}` returns its page.

        It is no URL, because it must be the same in every deployment.
        """
        return f"{URN}{self.slug}"


class FieldError(Struct, frozen=True):
    """What is wrong with one field, and how to fix it."""

    field: Annotated[
        str,
        Meta(
            description=(
                "The path of the field in the body (`$` is the body itself), or the name of a parameter or "
                "header."
            ),
            examples=["lines[0].quantity"],
        ),
    ]
    message: Annotated[
        str, Meta(description="For people: what the field must be.", examples=["Expected `int` >= 1"])
    ]


class ProblemBody(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The body of an error response."""

    type: Annotated[
        str,
        Meta(
            description=(
                "The kind of problem, for programs. It does not change. `GET /problems/{type}` returns a "
                "page about it."
            ),
            examples=["urn:problem-type:invalid-body"],
        ),
    ]
    title: Annotated[str, Meta(description="The kind of problem, for people. The wording may change.")]
    status: Annotated[int, Meta(description="The HTTP status.")]
    detail: Annotated[str, Meta(description="What was wrong with this request, and what to do, for people.")]
    instance: Annotated[
        str,
        Meta(
            description="The id of the request, as it appears in the logs. Quote it when you ask for help.",
            examples=["urn:request:JKJaXmPLvHcESHA="],
        ),
    ]
    errors: Annotated[
        Sequence[FieldError], Meta(description="The fields that caused the problem, if any.")
    ] = ()


class PriceChangedBody(ProblemBody, frozen=True, kw_only=True):
    """The body of `price-changed`: what the order costs at the current prices."""

    lines: Annotated[Sequence[LineView], Meta(description="The lines at the current prices.")]
    total: Annotated[
        Money,
        Meta(description="What the order costs now. Send it as `expectedTotal` if the customer agrees."),
    ]


class NotEnoughStockBody(ProblemBody, frozen=True, kw_only=True):
    """The body of `not-enough-stock`: how many units are left."""

    available: Annotated[int, Meta(ge=0, description="The number of units that can be removed.")]
    held: Annotated[int, Meta(ge=0, description="The number of units reserved for open orders.")]


BODIES: Mapping[ProblemType, type[ProblemBody]] = {
    ProblemType.PRICE_CHANGED: PriceChangedBody,
    ProblemType.NOT_ENOUGH_STOCK: NotEnoughStockBody,
}
"""The kinds of problem that have additional members (RFC 9457, section 3.2)."""


class Problem(Exception):
    """An error that becomes a problem response.

    `members` are the additional members of a kind in `BODIES`.
    """

    def __init__(
        self,
        kind: ProblemType,
        detail: str,
        errors: Sequence[FieldError] = (),
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)
        self.members = dict(members or {})

    def body(self, request_id: str) -> ProblemBody:
        """Returns the response body."""
        return BODIES.get(self.kind, ProblemBody)(
            type=self.kind.uri,
            title=self.kind.title,
            status=self.kind.status,
            detail=self.detail,
            instance=f"urn:request:{request_id}",
            errors=self.errors,
            **self.members,
        )


def invalid_field(kind: ProblemType, field: str, message: str) -> Problem:
    """Returns a problem that one field caused."""
    return Problem(kind, f"{field}: {message}", [FieldError(field, message)])
