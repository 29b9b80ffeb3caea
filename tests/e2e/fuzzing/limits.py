"""Findings of Schemathesis that are not failures, each with its reason.

No check is switched off: only findings that an entry describes are ignored.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

_BEYOND_THE_BASIC_PLANE = re.compile(r"must be text on one line, without U\+[0-9A-F]{5,6}\b.*")
_POSTAL_CODE = re.compile(r"(must be a postal code of|is required in) [A-Z]{2}\b.*")
_LINE = re.compile(r"lines\[\d+\]\.sku")


@dataclass(frozen=True)
class Finding:
    """A response that a check calls a failure."""

    checks: Collection[str]
    """The names of the checks that failed."""
    status: int
    answer: Any
    """The decoded body of the response; None if it is not JSON."""

    def is_problem(self, slug: str) -> bool:
        """Whether the response is this problem of the API."""
        return isinstance(self.answer, dict) and self.answer.get("type") == f"urn:problem-type:{slug}"

    def fields(self) -> set[tuple[str, str]]:
        """The invalid fields, each with its message."""
        return {(error["field"], error["message"]) for error in self.answer.get("errors", ())}


@dataclass(frozen=True)
class Limit:
    """A kind of finding that is ignored, with the reason."""

    name: str
    covers: Callable[[Finding], bool]
    why: str


def _refused(slug: str) -> Callable[[Finding], bool]:
    """Matches a well-formed request that was refused with this problem."""
    return lambda finding: "positive_data_acceptance" in finding.checks and finding.is_problem(slug)


def _is_other_method(finding: Finding) -> bool:
    expected = (404, {"message": "Not Found"})
    return "unsupported_method" in finding.checks and (finding.status, finding.answer) == expected


def _is_made_up_cursor(finding: Finding) -> bool:
    return _refused("invalid-parameter")(finding) and {field for field, _ in finding.fields()} == {"cursor"}


def _is_repeated_sku(finding: Finding) -> bool:
    if not _refused("invalid-body")(finding):
        return False
    return all(
        _LINE.fullmatch(field)
        and message.endswith("is already on an earlier line; combine the quantities on one line")
        for field, message in finding.fields()
    )


def _is_postal_code(finding: Finding) -> bool:
    if not _refused("invalid-body")(finding):
        return False
    return all(
        field.endswith(".postalCode") and _POSTAL_CODE.fullmatch(message)
        for field, message in finding.fields()
    )


def _is_url_of_no_webhook(finding: Finding) -> bool:
    """Matches a URL that is refused by a rule of `ordering.domain.webhooks.addresses`."""
    return _refused("invalid-body")(finding) and {field for field, _ in finding.fields()} == {"url"}


def _is_beyond_the_basic_plane(finding: Finding) -> bool:
    if not _refused("invalid-body")(finding):
        return False
    return all(_BEYOND_THE_BASIC_PLANE.fullmatch(message) for _, message in finding.fields())


def _is_image_of_no_product(finding: Finding) -> bool:
    """Matches a list that does not name each image of the product once."""
    if not _refused("invalid-body")(finding):
        return False
    return all(
        field == "imageIds" and message.startswith("must name each image of the product once: ")
        for field, message in finding.fields()
    )


def _is_day_out_of_range(finding: Finding) -> bool:
    """Matches a last day that is before the first day, or at least a year after it."""
    if not _refused("invalid-parameter")(finding):
        return False
    return all(
        field == "to" and message.startswith("must be `from` or one of the ")
        for field, message in finding.fields()
    )


def _is_threshold_of_shards(finding: Finding) -> bool:
    """Matches a threshold together with shards."""
    return _refused("invalid-body")(finding) and finding.fields() == {
        ("lowStockAt", "must be absent if `stockShards` is more than 1")
    }


_STATE = "It depends on stored data. OpenAPI describes the form of a request, but no state: "

LIMITS = (
    Limit(
        "a method that a path does not have",
        _is_other_method,
        "An HTTP API matches method and path together: without a route, the response is 404, never 405.",
    ),
    Limit(
        "a threshold of a stock in shards",
        _is_threshold_of_shards,
        "Two optional fields exclude each other for some values only, which the schema does not say.",
    ),
    Limit(
        "a version that is missing",
        _refused("precondition-required"),
        f"{_STATE}`If-Match` is required for a resource that exists, and refused for one that does not.",
    ),
    Limit(
        "a version that is not the present one",
        _refused("precondition-failed"),
        f"{_STATE}every write changes the ETag.",
    ),
    Limit("a SKU that is not in the catalogue", _refused("unknown-sku"), f"{_STATE}here, the catalogue."),
    Limit(
        "images that are not those of the product",
        _is_image_of_no_product,
        f"{_STATE}here, the images of the product.",
    ),
    Limit(
        "products of two currencies",
        _refused("mixed-currencies"),
        f"{_STATE}here, the prices in the catalogue.",
    ),
    Limit(
        "a key that was used with another body",
        _refused("idempotency-key-reused"),
        f"{_STATE}here, the keys that were used.",
    ),
    Limit(
        "a cursor that the API did not give",
        _is_made_up_cursor,
        "Cursors are signed. OpenAPI can describe them as text, but not as values of earlier responses.",
    ),
    Limit(
        "a last day that is not in the year after the first",
        _is_day_out_of_range,
        "OpenAPI describes each parameter alone, and cannot relate two of them.",
    ),
    Limit(
        "a SKU on two lines",
        _is_repeated_sku,
        "JSON Schema can require that whole items differ, but not that one member of them differs.",
    ),
    Limit(
        "a postal code that its country does not have",
        _is_postal_code,
        "A schema with the postal codes of 249 countries would be longer than all others and help no client.",
    ),
    Limit(
        "a URL to which no webhook is sent",
        _is_url_of_no_webhook,
        "A pattern for public names would refuse the receivers on a laptop, which stage local allows.",
    ),
    Limit(
        "a noncharacter or a private character beyond the basic plane",
        _is_beyond_the_basic_plane,
        "ECMA-262 has two ways to read such a pattern, and in one of them the pattern is invalid.",
    ),
)


def limit_of(finding: Finding) -> Limit | None:
    """The entry that describes a finding; None if it is a failure."""
    return next((limit for limit in LIMITS if limit.covers(finding)), None)
