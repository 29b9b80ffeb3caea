"""Errors of the protocol (RFC 6749, sections 4.1.2.1 and 5.2)."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.datastructures import MultiDict


class OAuthError(Exception):
    """An error with a code of the protocol and a description for the developer of the client."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status

    @property
    def parameters(self) -> Mapping[str, str]:
        """The members of the response."""
        return {"error": self.code, "error_description": self.description}


class PageError(Exception):
    """An error that is shown to the person: the client or its redirect URI cannot be trusted."""


def single(parameters: MultiDict[str, str], name: str) -> str | None:
    """Returns a parameter; None if it is absent or empty (RFC 6749, section 3.1).

    Raises OAuthError when it appears twice.
    """
    values = [value for value in parameters.getlist(name) if value]
    if len(parameters.getlist(name)) > 1:
        raise OAuthError("invalid_request", f"{name} appears more than once; send it once")
    return values[0] if values else None


def required(parameters: MultiDict[str, str], name: str) -> str:
    """Returns a parameter. Raises OAuthError when it is missing or appears twice."""
    value = single(parameters, name)
    if value is None:
        raise OAuthError("invalid_request", f"{name} is missing")
    return value
