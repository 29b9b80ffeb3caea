"""The parts of an error response."""

from ordering.http.problems import Problem
from tests.support.world import HandlerResponse


def kind_of(refused: HandlerResponse) -> str:
    """Returns the type of the problem: `unknown-sku`."""
    assert refused.headers["content-type"] == "application/problem+json", refused
    return str(refused.body["type"]).removeprefix("urn:problem-type:")


def fields_of(refused: HandlerResponse) -> list[str]:
    """Returns the fields that the problem names, in their order."""
    return [error["field"] for error in refused.body.get("errors", [])]


def field_of(problem: Problem) -> str:
    """Returns the only field that a problem names."""
    (error,) = problem.errors
    return error.field


def message_of(problem: Problem) -> str:
    """Returns the message about that field."""
    (error,) = problem.errors
    return error.message
