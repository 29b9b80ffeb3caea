"""Conditional requests (RFC 9110, section 13): who has not seen what is there changes nothing."""

from ordering.http.entity_tags import EntityTags, MalformedEntityTags, entity_tag, entity_tags
from ordering.http.problems import Problem, ProblemType, invalid_field
from ordering.http.request import Request
from ordering.repositories.versioned_items import ETagMismatch


def expected_tag(request: Request, present: str | None) -> str | None:
    """The tag of what a change is allowed to change; None: it may only enter something new.

    `present` is the tag of what there is (None: nothing). Raises Problem: 428 for a change that does
    not say what it has seen, 412 for one that has seen something else, 400 for what follows no grammar.
    """
    match, none_match = request.header("if-match"), request.header("if-none-match")
    # Its form comes first, whatever else there is: 400 must not depend on what is stored.
    tags = None if match is None else _tags_to_change(match)
    if none_match is not None:
        if none_match.strip(" \t") != "*":
            message = "takes `*` here, to enter something new; what is there is changed by `If-Match`"
            raise invalid_field(ProblemType.INVALID_PARAMETER, "If-None-Match", message)
        if present is not None:
            raise _failed(f"It is there already, and its `ETag` is {entity_tag(present)}.")
    if tags is None:
        if present is not None:
            raise Problem(
                ProblemType.PRECONDITION_REQUIRED,
                f"Send `If-Match: {entity_tag(present)}` to change what is there, having read it.",
            )
        return None
    if present is None:
        raise _failed("Nothing is there: to enter it anew, leave `If-Match` out.")
    if tags.matches_strongly(present):
        return present
    if tags.matches_weakly(present):
        # A client that read it again would get the same tag, for ever.
        raise _failed(f"Send the tag as it came, without `W/`: `If-Match: {entity_tag(present)}`.")
    raise _stale(present)


def outpaced(request: Request, mismatch: ETagMismatch) -> Problem:
    """The refusal of a change that a rival came before: as if they had come long before."""
    try:
        expected_tag(request, mismatch.found)
    except Problem as problem:
        return problem
    # `*` lets it change whatever is there, but not what came while it looked.
    return _stale(str(mismatch.found))


def _stale(present: str) -> Problem:
    return _failed(f"Read it again before you change it: its `ETag` is {entity_tag(present)} now.")


def _failed(detail: str) -> Problem:
    return Problem(ProblemType.PRECONDITION_FAILED, detail)


def is_unchanged(request: Request, tag: str) -> bool:
    """Whether the client has what bears this tag already, so that 304 will do."""
    none_match = request.header("if-none-match")
    if none_match is None:
        return False
    try:
        return entity_tags(none_match).matches_weakly(tag)
    except MalformedEntityTags:
        # It costs the client an answer that it may have already, and nothing else.
        return False


def _tags_to_change(match: str) -> EntityTags:
    try:
        return entity_tags(match)
    except MalformedEntityTags:
        message = 'takes the `ETag` as it came, in double quotes (`"5e0c7a1b9d3f4826"`), or `*` alone'
        raise invalid_field(ProblemType.INVALID_PARAMETER, "If-Match", message) from None
