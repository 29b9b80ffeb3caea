"""What Schemathesis calls a failure and is none: each with its reason, and no wider than that.

A check is not switched off: of all that it finds, only what an entry describes is passed over.
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
    """What a check found: what was sent, and what came back."""

    checks: Collection[str]
    """The names of the checks that find such things."""
    status: int
    answer: Any
    """The answer's body, from JSON; None where it is none."""

    def is_problem(self, slug: str) -> bool:
        """Whether the API refused for this reason."""
        return isinstance(self.answer, dict) and self.answer.get("type") == f"urn:problem-type:{slug}"

    def fields(self) -> set[tuple[str, str]]:
        """The fields that the API found wrong, each with what it says."""
        return {(error["field"], error["message"]) for error in self.answer.get("errors", ())}


@dataclass(frozen=True)
class Limit:
    """A kind of finding that is passed over; `why` tells a reader of the test."""

    name: str
    covers: Callable[[Finding], bool]
    why: str


def _refused(slug: str) -> Callable[[Finding], bool]:
    """Well-formed data was refused with this problem."""
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


def _is_beyond_the_basic_plane(finding: Finding) -> bool:
    if not _refused("invalid-body")(finding):
        return False
    return all(_BEYOND_THE_BASIC_PLANE.fullmatch(message) for _, message in finding.fields())


_STATE = "It depends on what is there. OpenAPI describes the form of a request, and no state: "

LIMITS = (
    Limit(
        "a method that a path does not have",
        _is_other_method,
        "An HTTP API finds a route by method and path at once: what has no route is 404, never 405.",
    ),
    Limit(
        "a version that is not said",
        _refused("precondition-required"),
        f"{_STATE}`If-Match` must come for what exists, and must not for what does not.",
    ),
    Limit(
        "a version that is not the present one",
        _refused("precondition-failed"),
        f"{_STATE}which tag is right changes with every write.",
    ),
    Limit("a SKU that is not in the catalogue", _refused("unknown-sku"), f"{_STATE}here, of the catalogue."),
    Limit(
        "products of two currencies",
        _refused("mixed-currencies"),
        f"{_STATE}here, of the prices in the catalogue.",
    ),
    Limit(
        "a key that came before with another body",
        _refused("idempotency-key-reused"),
        f"{_STATE}here, of the keys that were used.",
    ),
    Limit(
        "a cursor that the API did not give",
        _is_made_up_cursor,
        "Cursors are signed. OpenAPI can say that they are text, and not that they were given before.",
    ),
    Limit(
        "a SKU that stands on two lines",
        _is_repeated_sku,
        "JSON Schema can say that items differ as a whole, and not that they differ in one member.",
    ),
    Limit(
        "a postal code that is none of its country's",
        _is_postal_code,
        "A schema that says it for 249 countries would be longer than all the others, and no client's help.",
    ),
    Limit(
        "a noncharacter or a private character beyond the basic plane",
        _is_beyond_the_basic_plane,
        "ECMA-262 reads such a pattern in two ways, and in one of them it is a mistake.",
    ),
)


def limit_of(finding: Finding) -> Limit | None:
    """The entry that a finding falls under, if any does."""
    return next((limit for limit in LIMITS if limit.covers(finding)), None)
