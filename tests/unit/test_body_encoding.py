"""The text of a request body: UTF-8, stored in normal form C, with a stable fingerprint."""

import base64

import msgspec
import pytest

from ordering.domain.identity import fingerprint
from ordering.http.problems import ProblemType
from ordering.http.shapes.customers import PutProfile
from ordering.http.shapes.placing import PlaceOrder
from ordering.http.shapes.products import PutProduct
from tests.support.bodies import (
    order_to,
    refused,
    request,
    sent,
)
from tests.support.refusals import field_of, message_of
from tests.support.world import order_body

NOT_UTF_8 = '{"name":"Z\ufffdrich","price":{"amount":1,"currency":"EUR"}}'


def test_body_that_was_not_utf_8_is_refused_with_its_field() -> None:
    """The gateway decodes the body, and writes U+FFFD for each byte that is not UTF-8."""
    problem = refused(sent(NOT_UTF_8), PutProduct)
    assert (problem.kind, field_of(problem)) == (ProblemType.MALFORMED_BODY, "name")
    assert "UTF-8" in message_of(problem)


def test_problem_of_a_body_that_is_not_utf_8_gives_the_cause() -> None:
    latin = base64.b64encode(NOT_UTF_8.replace("\ufffd", "\xfc").encode("latin-1")).decode()
    problem = refused(sent(latin, encoded=True), PutProduct)
    assert (problem.kind, problem.detail) == (
        ProblemType.MALFORMED_BODY,
        "The body is not UTF-8 (byte 10).",
    )


@pytest.mark.parametrize(
    "text",
    ['{"n\ufffdme":1}', '{"name":"\ufffd"', "\ufffd", '{"name":"\ufffd","price":1}', "[" * 60_000 + "\ufffd"],
    ids=["a name", "cut off", "not JSON", "of another shape", "nested"],
)
def test_encoding_error_of_a_body_is_reported_before_other_errors(text: str) -> None:
    problem = refused(sent(text), PutProduct)
    assert problem.kind is ProblemType.MALFORMED_BODY
    assert "UTF-8" in problem.detail


def test_text_is_stored_in_unicode_normal_form_c() -> None:
    body = request(
        {"email": "ada@example.com", "address": order_body()["shippingAddress"] | {"name": "Zoe\u0308"}}
    )
    address = body.body(PutProfile).address
    assert address
    assert address.name == "Zo\xeb"


def test_fingerprint_of_a_body_does_not_depend_on_normalisation() -> None:
    """It is computed from the body as sent. Keys do not expire, so a retry must have the same fingerprint."""
    body = order_to(name="Zoe\u0308", region="Greater London", line2=None)
    sent_then = request(body).body_as_sent(PlaceOrder)
    assert fingerprint(msgspec.json.encode(sent_then)) == (
        "680aea8e9648a3c1dadaac1f498f37e520f297891bbc5a355701f0523ca4faf5"
    )


class OrderOfALaterRelease(PlaceOrder, frozen=True, kw_only=True):
    """The body with a new optional field, which no client sends yet."""

    gift_message: str | None = None


def test_fingerprint_of_a_body_is_unchanged_by_a_new_optional_field() -> None:
    """Keys do not expire, so a retry after the release must have the same fingerprint."""
    before, after = (request(order_body()).body(shape) for shape in (PlaceOrder, OrderOfALaterRelease))
    assert msgspec.json.encode(after) == msgspec.json.encode(before)
