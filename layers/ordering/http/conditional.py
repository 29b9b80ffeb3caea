"""Conditional requests (RFC 9110, section 13): a client must prove which version it read before a change."""

from ordering.http.entity_tags import EntityTags, MalformedEntityTags, entity_tag, entity_tags
from ordering.http.problems import Problem, ProblemType, invalid_field
from ordering.http.request import Request
from ordering.repositories.versioned_items import ETagMismatch


def expected_tag(request: Request, stored: str | None) -> str | None:
    """Returns the tag of the version that a request may change; None if it may only create.

    Args:
        request: A request with `If-Match` or `If-None-Match`.
        stored: The tag of the stored version; None if there is none.

    Raises:
        Problem: 428 without a condition on an existing version, 412 if the condition is false, 400 if a
            header is malformed.
    """
    match, none_match = request.header("if-match"), request.header("if-none-match")
    # Checked first: whether a header is malformed must not depend on what is stored.
    tags = None if match is None else _tags_to_change(match)
    if none_match is not None:
        if none_match.strip(" \t") != "*":
            message = "accepts only `*` (create); use `If-Match` to update"
            raise invalid_field(ProblemType.INVALID_PARAMETER, "If-None-Match", message)
        if stored is not None:
            raise _failed(f"It already exists, and its `ETag` is {entity_tag(stored)}.")
    if tags is None:
        if stored is not None:
            raise Problem(
                ProblemType.PRECONDITION_REQUIRED,
                f"Read it, then send `If-Match: {entity_tag(stored)}` to change or remove it.",
            )
        return None
    if stored is None:
        raise _failed("It does not exist. To create it, leave out `If-Match`.")
    if tags.matches_strongly(stored):
        return stored
    if tags.matches_weakly(stored):
        # Reading again does not help: the client would get the same tag.
        raise _failed(f"Send the tag as you received it, without `W/`: `If-Match: {entity_tag(stored)}`.")
    raise _stale(stored)


def precondition_failed(request: Request, mismatch: ETagMismatch) -> Problem:
    """Returns the problem for a change that lost against a concurrent one."""
    try:
        expected_tag(request, mismatch.found)
    except Problem as problem:
        return problem
    # `*` allows any version that was there when it was read, but not one that was written since.
    return _stale(str(mismatch.found))


def _stale(stored: str) -> Problem:
    return _failed(
        f"It has changed: read it again before you change it. Its `ETag` is now {entity_tag(stored)}."
    )


def _failed(detail: str) -> Problem:
    return Problem(ProblemType.PRECONDITION_FAILED, detail)


def is_unchanged(request: Request, tag: str) -> bool:
    """Returns whether the client already has the version with this tag, so that 304 is enough."""
    none_match = request.header("if-none-match")
    if none_match is None:
        return False
    try:
        return entity_tags(none_match).matches_weakly(tag)
    except MalformedEntityTags:
        # A full response is correct, too.
        return False


def _tags_to_change(match: str) -> EntityTags:
    try:
        return entity_tags(match).of_versions()
    except MalformedEntityTags:
        message = (
            'must be the `ETag` as you received it, in double quotes (`"5e0c7a1b9d3f4826"`), or `*` alone'
        )
        raise invalid_field(ProblemType.INVALID_PARAMETER, "If-Match", message) from None
