"""A request to the HTTP API (payload format 2.0), as handlers read it."""

import base64
import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from ordering.domain import identity
from ordering.domain.order import CustomerId, OrderId
from ordering.domain.product import CATEGORY_IN_WORDS, SKU_IN_WORDS, SKU_PATTERN, Sku, is_category
from ordering.http import idempotency, times
from ordering.http.body import read_body
from ordering.http.checking import checked
from ordering.http.coding import reject_content_coding
from ordering.http.numbers import parse_integer
from ordering.http.problems import Problem, ProblemType, invalid_field
from ordering.tokens import rules
from ordering.tokens.refusals import TokenRefused

if TYPE_CHECKING:
    from ordering.domain.images import ImageId
    from ordering.domain.webhooks.endpoint import WebhookId

MAX_BODY_BYTES = 64 * 1024

_SKU = re.compile(SKU_PATTERN)
_WEBHOOK_ID = re.compile(r"[0-9a-f]{32}")
_CUSTOMER_ID = re.compile(r"[0-9a-f]{32}")
# A quoted string with its escapes (RFC 9110, section 5.6.4); if it is not closed, everything that follows.
_QUOTED_STRING = re.compile(r'"(?:[^"\\]|\\.?)*+"?')

S = TypeVar("S", bound=msgspec.Struct)
E = TypeVar("E", bound=StrEnum)


class Caller(msgspec.Struct, frozen=True):
    """The caller, by the claims that the authoriser verified."""

    issuer: str
    subject: str

    @property
    def customer_id(self) -> CustomerId:
        """The caller's customer id."""
        return identity.customer_id(self.issuer, self.subject)


class Request:
    """One request. Its methods raise Problem for invalid input."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        self._event = event

    @property
    def request_id(self) -> str:
        """The id that the gateway gave the request."""
        return str(self._event["requestContext"]["requestId"])

    @property
    def route(self) -> str:
        """The route's key: `POST /orders`."""
        return str(self._event["routeKey"])

    @property
    def is_head(self) -> bool:
        """Whether the client wants the response headers only."""
        return self.route.startswith("HEAD ")

    @property
    def caller(self) -> Caller:
        """The caller. Only for routes with an authoriser."""
        claims = self._claims
        return Caller(str(claims["iss"]), str(claims["sub"]))

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes of the token, as its issuer writes them. Only for routes with an authoriser."""
        return frozenset(str(self._claims.get("scope", "")).split())

    @property
    def _claims(self) -> Mapping[str, Any]:
        authoriser = self._event["requestContext"]["authorizer"]
        # The gateway's JWT authoriser passes `jwt`, a Lambda authoriser passes `lambda`.
        claims: Mapping[str, Any] = (
            authoriser["jwt"]["claims"] if "jwt" in authoriser else authoriser["lambda"]
        )
        return claims

    def check_token(self) -> None:
        """Checks the claims that the gateway's JWT authoriser does not check, such as `sub` and `exp`.

        The Lambda authoriser has already checked them.

        Raises:
            Problem: A claim is missing or invalid.
        """
        authoriser = self._event["requestContext"].get("authorizer", {})
        if "jwt" not in authoriser:
            return
        try:
            rules.check(self.header("authorization") or "")
        except TokenRefused as refused:
            detail = f"The token was refused: {refused.reason}. Get a new token from your issuer."
            raise Problem(ProblemType.TOKEN_REFUSED, detail) from None

    @property
    def log_context(self) -> dict[str, str]:
        """The ids of the customer and the order for log lines. Neither names a person."""
        ids = {}
        if "authorizer" in self._event["requestContext"]:
            ids["customer_id"] = str(self.caller.customer_id)
        if "orderId" in (self._event.get("pathParameters") or {}) and (order_id := self.order_id()):
            ids["order_id"] = order_id
        return ids

    def body(self, shape: type[S]) -> S:
        """Returns the JSON body, validated, with its text in the form in which it is stored."""
        return checked(self.body_as_sent(shape))

    def body_as_sent(self, shape: type[S]) -> S:
        """Returns the JSON body as it was sent.

        Its fingerprint shows whether a request is a retry, even if the rules for text have changed since.
        """
        return read_body(self._raw_body(), shape)

    def path(self, name: str) -> str:
        """Returns a path parameter."""
        return str(self._event["pathParameters"][name])

    def order_id(self) -> OrderId | None:
        """Returns the path's `orderId`; None if it is not an order id, so that no order can have it."""
        # UUIDs are case-insensitive on input (RFC 9562, section 4).
        text = self.path("orderId").lower()
        return OrderId(text) if identity.is_order_id(text) else None

    def webhook_id(self) -> "WebhookId | None":
        """Returns the path's `webhookId`; None if it is not an endpoint's id, so that none can have it."""
        # Imported when needed, as below: most routes have no such parameter.
        from ordering.domain.webhooks.endpoint import WebhookId

        text = self.path("webhookId")
        return WebhookId(text) if _WEBHOOK_ID.fullmatch(text) else None

    def sku(self) -> Sku:
        """Returns the path's `sku`."""
        sku = self.path("sku")
        if not _SKU.search(sku):
            raise invalid_field(ProblemType.INVALID_PARAMETER, "sku", SKU_IN_WORDS)
        return Sku(sku)

    def image_id(self) -> "ImageId | None":
        """Returns the path's `imageId`; None if it is not an image's id, so that no image can have it."""
        from ordering.domain.images import IMAGE_ID_PATTERN, ImageId

        text = self.path("imageId")
        return ImageId(text) if re.search(IMAGE_ID_PATTERN, text) else None

    def category(self) -> str | None:
        """Returns the query's `category`; None if it is absent."""
        category = self.query("category")
        if category is not None and not is_category(category):
            raise invalid_field(ProblemType.INVALID_PARAMETER, "category", CATEGORY_IN_WORDS)
        return category

    @property
    def has_query(self) -> bool:
        """Whether the request has query parameters."""
        return bool(self._event.get("queryStringParameters"))

    def reject_unknown_parameters(self, known: Collection[str]) -> None:
        """Raises Problem for a query parameter that the route does not have; most often it is misspelt."""
        for name, value in (self._event.get("queryStringParameters") or {}).items():
            if name not in known:
                message = f"is not a parameter of this route; its parameters: {', '.join(known) or 'none'}"
                raise invalid_field(ProblemType.INVALID_PARAMETER, _quotable(name), message)
            if _quotable(value, len(value)) != value:
                raise invalid_field(ProblemType.INVALID_PARAMETER, name, "must be UTF-8 text")

    def customer_id(self) -> CustomerId:
        """Returns the path's `customerId`."""
        text = self.path("customerId")
        if not _CUSTOMER_ID.fullmatch(text):
            message = "must be 32 hexadecimal digits, as in an order that an administrator reads"
            raise invalid_field(ProblemType.INVALID_PARAMETER, "customerId", message)
        return CustomerId(text)

    def query(self, name: str) -> str | None:
        """Returns a query parameter; None if it is absent."""
        parameters = self._event.get("queryStringParameters") or {}
        return parameters.get(name)

    def int_parameter(self, name: str, *, default: int, least: int, most: int) -> int:
        """Returns an integer from the query string; `default` if it is absent."""
        text = self.query(name)
        if text is None:
            return default
        number = parse_integer(text)
        if number is None or not least <= number <= most:
            message = f"must be an integer from {least} to {most}"
            raise invalid_field(ProblemType.INVALID_PARAMETER, name, message)
        return number

    def bool_parameter(self, name: str, *, default: bool) -> bool:
        """Returns `true` or `false` from the query string; `default` if it is absent."""
        match self.query(name):
            case None:
                return default
            case "true":
                return True
            case "false":
                return False
        raise invalid_field(ProblemType.INVALID_PARAMETER, name, "must be true or false")

    def time(self, name: str, *, round_up: bool = False) -> str | None:
        """Returns a time from the query string in the format of `clock.now`; None if it is absent.

        Fractions of a millisecond are truncated, or rounded up. An upper end of a range must be rounded up:
        an order placed at 0 ms is before 0.4 ms, and a truncated end (0 ms, exclusive) would leave it out.
        """
        text = self.query(name)
        if text is None:
            return None
        try:
            return times.moment(text, round_up=round_up)
        except times.InvalidTime:
            # A common cause: an unencoded `+` in a query string is a space.
            raise invalid_field(ProblemType.INVALID_PARAMETER, name, times.FORM) from None

    def enum_parameter(self, name: str, choices: type[E]) -> E | None:
        """Returns a query parameter with a fixed set of values; None if it is absent."""
        text = self.query(name)
        if text is None:
            return None
        try:
            return choices(text)
        except ValueError:
            message = f"must be one of {', '.join(choices)}"
            raise invalid_field(ProblemType.INVALID_PARAMETER, name, message) from None

    def header(self, name: str) -> str | None:
        """Returns a header, by its lower-case name; None if it is absent."""
        value = self._event.get("headers", {}).get(name)
        return None if value is None else str(value)

    def idempotency_key(self) -> str | None:
        """Returns the `Idempotency-Key` without surrounding quotes; None if it is absent."""
        text = self.header("idempotency-key")
        return None if text is None else idempotency.parse_key(text)

    def required_idempotency_key(self) -> str:
        """Returns the `Idempotency-Key`; raises Problem if it is absent."""
        key = self.idempotency_key()
        if key is None:
            raise idempotency.missing_key()
        return key

    def _refuse_list(self, name: str) -> None:
        """Raises Problem if a single-valued header has several values, joined by a comma."""
        if "," in _QUOTED_STRING.sub("", self.header(name.lower()) or ""):
            message = "must be a single value; this is a list, or the header was sent twice"
            raise invalid_field(ProblemType.INVALID_PARAMETER, name, message)

    def _raw_body(self) -> bytes:
        self._refuse_list("Content-Type")
        reject_content_coding(self.header("content-encoding"))
        body = self._event.get("body") or ""
        try:
            raw = base64.b64decode(body) if self._event.get("isBase64Encoded") else body.encode()
        except ValueError:
            raise Problem(ProblemType.MALFORMED_BODY, "The body is not UTF-8.") from None
        if len(raw) > MAX_BODY_BYTES:
            detail = f"The body has {len(raw)} bytes; the maximum is {MAX_BODY_BYTES}."
            raise Problem(ProblemType.BODY_TOO_LARGE, detail)
        if not raw.strip():
            raise Problem(ProblemType.MALFORMED_BODY, "The body is empty; send a JSON object.")
        return raw


def _quotable(text: str, most: int = 80) -> str:
    """Returns the client's text in a form that a response can quote: shortened, without lone surrogates."""
    return text[:most].encode(errors="replace").decode()
