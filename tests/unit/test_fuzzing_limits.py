"""Fuzzing tolerates a few findings; a finding that only resembles one of them is a failure."""

from typing import Any

import pytest

from tests.e2e.fuzzing.limits import LIMITS, Finding, Limit, limit_of

POSITIVE = ("positive_data_acceptance",)
GATEWAY_404 = {"message": "Not Found"}


def problem(slug: str, *fields: tuple[str, str]) -> dict[str, Any]:
    return {
        "type": f"urn:problem-type:{slug}",
        "errors": [{"field": field, "message": message} for field, message in fields],
    }


POSTAL_CODE = ("shippingAddress.postalCode", "must be a postal code of GB, such as EC1Y 8SY")
PRIVATE = ("name", "must be text on one line, without U+F0000")
TWICE = ("lines[1].sku", "`A` is already on an earlier line; combine the quantities on one line")
IMAGES = ("imageIds", "must name each image of the product once: 0f8b1c5e7a9d4e6fb3c2a1d0e9f87654")
DAY = ("to", "must be `from` or one of the 365 days after it")
THRESHOLD = ("lowStockAt", "must be absent if `stockShards` is more than 1")
TOLERATED = {
    "a method that a path does not have": Finding(("unsupported_method",), 404, GATEWAY_404),
    "a threshold of a stock in shards": Finding(POSITIVE, 422, problem("invalid-body", THRESHOLD)),
    "a version that is missing": Finding(POSITIVE, 428, problem("precondition-required")),
    "a version that is not the present one": Finding(POSITIVE, 412, problem("precondition-failed")),
    "a SKU that is not in the catalogue": Finding(POSITIVE, 422, problem("unknown-sku")),
    "images that are not those of the product": Finding(POSITIVE, 422, problem("invalid-body", IMAGES)),
    "products of two currencies": Finding(POSITIVE, 422, problem("mixed-currencies")),
    "a key that was used with another body": Finding(POSITIVE, 422, problem("idempotency-key-reused")),
    "a cursor that the API did not give": Finding(
        POSITIVE, 400, problem("invalid-parameter", ("cursor", "must be the `next`"))
    ),
    "a last day that is not in the year after the first": Finding(
        POSITIVE, 400, problem("invalid-parameter", DAY)
    ),
    "a SKU on two lines": Finding(POSITIVE, 422, problem("invalid-body", TWICE)),
    "a postal code that its country does not have": Finding(
        POSITIVE, 422, problem("invalid-body", POSTAL_CODE)
    ),
    "a URL to which no webhook is sent": Finding(
        POSITIVE, 422, problem("invalid-body", ("url", "must begin with `https://`"))
    ),
    "a noncharacter or a private character beyond the basic plane": Finding(
        POSITIVE, 422, problem("invalid-body", PRIVATE)
    ),
}
FAILURES = {
    "a fault": Finding(("not_a_server_error",), 500, problem("internal")),
    "a fault of well-formed data": Finding(POSITIVE, 500, problem("internal")),
    "a fault of another method": Finding(("unsupported_method",), 500, {"message": "Internal Server Error"}),
    "another method that is served": Finding(("unsupported_method",), 200, {}),
    "well-formed data that is invalid": Finding(POSITIVE, 422, problem("invalid-body", ("lines", "no"))),
    "another invalid field beside a repeated SKU": Finding(
        POSITIVE, 422, problem("invalid-body", TWICE, ("lines[0].quantity", "no"))
    ),
    "text of the basic plane": Finding(
        POSITIVE, 422, problem("invalid-body", ("name", "must be text on one line, without U+2028"))
    ),
    "a postal code's error at another field": Finding(
        POSITIVE, 422, problem("invalid-body", ("address.city", POSTAL_CODE[1]))
    ),
    "another invalid field beside a URL": Finding(
        POSITIVE, 422, problem("invalid-body", ("url", "must begin with `https://`"), ("types", "no"))
    ),
    "another invalid field beside a threshold": Finding(
        POSITIVE, 422, problem("invalid-body", THRESHOLD, ("name", "no"))
    ),
    "too many images": Finding(
        POSITIVE, 422, problem("invalid-body", ("imageIds", "Expected `array` of length <= 12"))
    ),
    "another invalid parameter beside the last day": Finding(
        POSITIVE, 400, problem("invalid-parameter", DAY, ("by", "no"))
    ),
    "another parameter than the cursor": Finding(
        POSITIVE, 400, problem("invalid-parameter", ("limit", "no"))
    ),
    "a precondition in the response to bad data": Finding(
        ("negative_data_rejection",), 412, problem("precondition-failed")
    ),
    "a response that is not JSON": Finding(POSITIVE, 400, None),
    "a token that was not checked": Finding(("ignored_auth",), 200, {}),
    "another customer's order": Finding(("object_level_authorization",), 200, {"orderId": "1"}),
}


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_every_tolerated_fuzzing_finding_has_a_reason(limit: Limit) -> None:
    assert limit_of(TOLERATED[limit.name]) is limit
    assert limit.why


@pytest.mark.parametrize("finding", FAILURES.values(), ids=FAILURES)
def test_finding_that_resembles_a_tolerated_one_is_a_failure(finding: Finding) -> None:
    assert limit_of(finding) is None
