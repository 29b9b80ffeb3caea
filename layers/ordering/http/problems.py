"""Refusals, as `application/problem+json` (RFC 9457). Every `type` the API answers is listed here."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated, Any

from msgspec import Meta, Struct

from ordering.domain.money import Money
from ordering.http.shapes import LineView


class ProblemType(Enum):
    """A kind of problem: its slug, its HTTP status and its title."""

    MALFORMED_BODY = ("malformed-body", 400, "The body is not JSON")
    INVALID_PARAMETER = ("invalid-parameter", 400, "A parameter is not of its form")
    INVALID_IDEMPOTENCY_KEY = ("invalid-idempotency-key", 400, "The idempotency key is not of its form")
    MISSING_IDEMPOTENCY_KEY = ("missing-idempotency-key", 400, "The idempotency key is missing")
    TOKEN_REFUSED = ("token-refused", 401, "The token is not one to act on")
    NOT_ACCEPTABLE = ("not-acceptable", 406, "The answer has no coding that you accept")
    BODY_TOO_LARGE = ("body-too-large", 413, "The body is too large")
    UNSUPPORTED_CODING = ("unsupported-coding", 415, "The body is compressed")
    INVALID_BODY = ("invalid-body", 422, "The body does not say what it must")
    UNKNOWN_SKU = ("unknown-sku", 422, "There is no such product")
    MIXED_CURRENCIES = ("mixed-currencies", 422, "One order has one currency")
    IDEMPOTENCY_KEY_REUSED = (
        "idempotency-key-reused",
        422,
        "The idempotency key came before, with another body",
    )
    ORDER_NOT_FOUND = ("order-not-found", 404, "There is no such order")
    PRODUCT_NOT_FOUND = ("product-not-found", 404, "There is no such product")
    PROFILE_NOT_FOUND = ("profile-not-found", 404, "There is no such profile")
    PRICE_CHANGED = ("price-changed", 409, "The order does not cost what you expected")
    TOO_LATE_TO_CANCEL = ("too-late-to-cancel", 409, "The order can no longer be cancelled")
    NOT_ENOUGH_STOCK = ("not-enough-stock", 409, "Fewer units are available")
    STOCK_IS_HELD = ("stock-is-held", 409, "Orders hold stock of the product")
    PRECONDITION_FAILED = ("precondition-failed", 412, "It has changed since you read it")
    PRECONDITION_REQUIRED = ("precondition-required", 428, "Say which version you mean to change")
    BUSY = ("busy", 503, "Too much is happening at once; try again")
    UNAVAILABLE = ("unavailable", 503, "The API cannot do its work")
    INTERNAL = ("internal", 500, "Something broke on our side")

    def __init__(self, slug: str, status: int, title: str) -> None:
        self.slug = slug
        self.status = status
        self.title = title

    @property
    def uri(self) -> str:
        """The `type` member: stable, to be compared and not fetched."""
        return f"urn:problem-type:{self.slug}"


class FieldError(Struct, frozen=True):
    """What is wrong with one field, and how to mend it."""

    field: Annotated[
        str,
        Meta(
            description="Its path in the body (`$`: the body itself), or a parameter's or header's name.",
            examples=["lines[0].quantity"],
        ),
    ]
    message: Annotated[
        str, Meta(description="For people: what it takes instead.", examples=["Expected `int` >= 1"])
    ]


class ProblemBody(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The body of a refusal. `instance` is the request's id, by which the logs know it."""

    type: Annotated[
        str,
        Meta(
            description="The kind of problem, for programs: it does not change.",
            examples=["urn:problem-type:invalid-body"],
        ),
    ]
    title: Annotated[str, Meta(description="The same in words, for people: it may be reworded.")]
    status: Annotated[int, Meta(description="The answer's status.")]
    detail: Annotated[str, Meta(description="What was wrong this time, and what to do, for people.")]
    instance: Annotated[
        str,
        Meta(
            description="The request's id, to quote when you ask for help.",
            examples=["urn:request:JKJaXmPLvHcESHA="],
        ),
    ]
    errors: Annotated[
        Sequence[FieldError], Meta(description="The fields that are to blame, where any are.")
    ] = ()


class PriceChangedBody(ProblemBody, frozen=True, kw_only=True):
    """The body of `price-changed`: what the order would cost at the catalogue's present prices."""

    lines: Annotated[Sequence[LineView], Meta(description="The lines at the present prices.")]
    total: Annotated[Money, Meta(description="What the order would cost: the `expectedTotal` to agree to.")]


class NotEnoughStockBody(ProblemBody, frozen=True, kw_only=True):
    """The body of `not-enough-stock`: how many units there are."""

    available: Annotated[int, Meta(ge=0, description="How many units can be taken out.")]
    held: Annotated[int, Meta(ge=0, description="How many are set aside for open orders.")]


BODIES: Mapping[ProblemType, type[ProblemBody]] = {
    ProblemType.PRICE_CHANGED: PriceChangedBody,
    ProblemType.NOT_ENOUGH_STOCK: NotEnoughStockBody,
}
"""The kinds of problem that say more than all others, in members of their own (RFC 9457, section 3.2)."""


class Problem(Exception):
    """A refusal on its way to the client. `members` are those of its kind's own, if it is one of `BODIES`."""

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
        """The answer's body."""
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
    """A refusal because of one field."""
    return Problem(kind, f"{field}: {message}", [FieldError(field, message)])
