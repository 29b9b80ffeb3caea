"""A request of the HTTP API (payload format 2.0), as the handlers read it."""

import base64
import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from ordering.domain import identity
from ordering.domain.order import CustomerId, OrderId
from ordering.domain.product import SKU_IN_WORDS, SKU_PATTERN, Sku
from ordering.http import idempotency, times
from ordering.http.body import read_body
from ordering.http.checking import checked
from ordering.http.coding import reject_content_coding
from ordering.http.numbers import parse_integer
from ordering.http.problems import Problem, ProblemType, invalid_field
from ordering.tokens import rules
from ordering.tokens.refusals import TokenRefused

MAX_BODY_BYTES = 64 * 1024

_SKU = re.compile(SKU_PATTERN)
_CUSTOMER_ID = re.compile(r"[0-9a-f]{32}")
# What stands in double quotes, with its escapes (RFC 9110, section 5.6.4); unclosed, all that follows.
_QUOTED_STRING = re.compile(r'"(?:[^"\\]|\\.?)*+"?')

S = TypeVar("S", bound=msgspec.Struct)
E = TypeVar("E", bound=StrEnum)


class Caller(msgspec.Struct, frozen=True):
    """Who asks, by the claims that the authoriser found true."""

    issuer: str
    subject: str

    @property
    def customer_id(self) -> CustomerId:
        """The customer that this caller is."""
        return identity.customer_id(self.issuer, self.subject)


class Request:
    """One request. Its methods raise Problem for what the client got wrong."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        self._event = event

    @property
    def request_id(self) -> str:
        """The gateway's id of the request."""
        return str(self._event["requestContext"]["requestId"])

    @property
    def route(self) -> str:
        """The route's key: `POST /orders`."""
        return str(self._event["routeKey"])

    @property
    def is_head(self) -> bool:
        """Whether it asks for the headers of an answer alone."""
        return self.route.startswith("HEAD ")

    @property
    def caller(self) -> Caller:
        """Who asks. The route has an authoriser, so that there are claims."""
        authoriser = self._event["requestContext"]["authorizer"]
        # The gateway's own authoriser passes the token's claims on; a function passes what it found.
        claims = authoriser["jwt"]["claims"] if "jwt" in authoriser else authoriser["lambda"]
        return Caller(str(claims["iss"]), str(claims["sub"]))

    def check_token(self) -> None:
        """Refuse a token that the gateway's own authoriser found true and that still says nobody, or no time.

        That authoriser verifies the signature, and looks at little else; our own has asked all this before.
        """
        authoriser = self._event["requestContext"].get("authorizer", {})
        if "jwt" not in authoriser:
            return
        try:
            rules.check(self.header("authorization") or "")
        except TokenRefused as refused:
            detail = f"It is refused: {refused.reason}. Ask your issuer for another."
            raise Problem(ProblemType.TOKEN_REFUSED, detail) from None

    @property
    def names_in_the_log(self) -> dict[str, str]:
        """Whom and what the request is about: ids that name nobody outside this system."""
        names = {}
        if "authorizer" in self._event["requestContext"]:
            names["customer_id"] = str(self.caller.customer_id)
        if "orderId" in (self._event.get("pathParameters") or {}) and (order_id := self.order_id()):
            names["order_id"] = order_id
        return names

    def body(self, shape: type[S]) -> S:
        """The JSON body, of this shape and no other, with its text in the form in which it is kept."""
        return checked(self.body_as_sent(shape))

    def body_as_sent(self, shape: type[S]) -> S:
        """The same, before `checking.checked`: by it a repeat is known, whatever the rules are by then."""
        return read_body(self._raw_body(), shape)

    def path(self, name: str) -> str:
        """A parameter of the path."""
        return str(self._event["pathParameters"][name])

    def order_id(self) -> OrderId | None:
        """The path's `orderId`; None where it has not the form of one, so that no order can be of this id."""
        # Some write UUIDs in capitals, and none may mind (RFC 9562, section 4).
        text = self.path("orderId").lower()
        return OrderId(text) if identity.is_order_id(text) else None

    def sku(self) -> Sku:
        """The path's `sku`."""
        sku = self.path("sku")
        if not _SKU.search(sku):
            raise invalid_field(ProblemType.INVALID_PARAMETER, "sku", SKU_IN_WORDS)
        return Sku(sku)

    def know_parameters(self, known: Collection[str]) -> None:
        """Refuse a parameter of the query string that the route does not have: most often it is misspelt."""
        for name, value in (self._event.get("queryStringParameters") or {}).items():
            if name not in known:
                message = f"is no parameter of this route; it has {', '.join(known) or 'none'}"
                raise invalid_field(ProblemType.INVALID_PARAMETER, _quotable(name), message)
            if _quotable(value, len(value)) != value:
                raise invalid_field(ProblemType.INVALID_PARAMETER, name, "takes text in UTF-8")

    def customer_id(self) -> CustomerId:
        """The path's `customerId`."""
        text = self.path("customerId")
        if not _CUSTOMER_ID.fullmatch(text):
            message = "takes 32 hexadecimal digits, as orders tell them to administrators"
            raise invalid_field(ProblemType.INVALID_PARAMETER, "customerId", message)
        return CustomerId(text)

    def query(self, name: str) -> str | None:
        """A parameter of the query string."""
        parameters = self._event.get("queryStringParameters") or {}
        return parameters.get(name)

    def whole_number(self, name: str, *, default: int, least: int, most: int) -> int:
        """A parameter of the query string that is a number."""
        text = self.query(name)
        if text is None:
            return default
        number = parse_integer(text)
        if number is None or not least <= number <= most:
            message = f"takes a whole number from {least} to {most}"
            raise invalid_field(ProblemType.INVALID_PARAMETER, name, message)
        return number

    def time(self, name: str, *, round_up: bool = False) -> str | None:
        """A parameter of the query string that is a time; answers it as `clock.now` writes times.

        What is finer than a millisecond is cut off, or rounded up: who asks for all before 0.4 ms means what
        came at 0 ms too.
        """
        text = self.query(name)
        if text is None:
            return None
        try:
            return times.moment(text, round_up=round_up)
        except times.InvalidTime:
            # Sent as it is, the `+` of an offset is a space.
            raise invalid_field(ProblemType.INVALID_PARAMETER, name, times.FORM) from None

    def one_of(self, name: str, choices: type[E]) -> E | None:
        """A parameter of the query string that is one of a few words."""
        text = self.query(name)
        if text is None:
            return None
        try:
            return choices(text)
        except ValueError:
            message = f"takes one of {', '.join(choices)}"
            raise invalid_field(ProblemType.INVALID_PARAMETER, name, message) from None

    def header(self, name: str) -> str | None:
        """A header, by its name in lower case."""
        value = self._event.get("headers", {}).get(name)
        return None if value is None else str(value)

    def idempotency_key(self) -> str | None:
        """The `Idempotency-Key`, without quotes around it; None where there is none."""
        text = self.header("idempotency-key")
        return None if text is None else idempotency.parse_key(text)

    def required_idempotency_key(self) -> str:
        """The `Idempotency-Key` of a request that must not be made without one."""
        key = self.idempotency_key()
        if key is None:
            raise idempotency.missing_key()
        return key

    def _refuse_list(self, name: str) -> None:
        """Refuse several values of a header that takes one: the gateway joins them with a comma."""
        if "," in _QUOTED_STRING.sub("", self.header(name.lower()) or ""):
            message = "takes one value: this is a list, or it was sent twice"
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
            detail = f"The body has {len(raw)} bytes; {MAX_BODY_BYTES} are allowed."
            raise Problem(ProblemType.BODY_TOO_LARGE, detail)
        if not raw.strip():
            raise Problem(ProblemType.MALFORMED_BODY, "The body is empty; send a JSON object.")
        return raw


def _quotable(text: str, most: int = 80) -> str:
    """Text of the client's as an answer can quote it: not at any length, and without half a character."""
    return text[:most].encode(errors="replace").decode()
