"""The people who can sign in locally, and what each may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from local.tokens import ADMINISTRATOR

# Scopes of OpenID Connect (Core 1.0, sections 3.1.2.1 and 5.4). The others are scopes of the API.
OPENID: Final = "openid"
IDENTITY_SCOPES: Final = (OPENID, "profile", "email")
_CUSTOMER_SCOPES = ("orders:read", "orders:write", "customers:read", "customers:write", "webhooks:write")
_OPERATOR_SCOPES = (*_CUSTOMER_SCOPES, "orders:admin", "products:write")


@dataclass(frozen=True)
class Person:
    """Someone who can sign in. ``sub`` is the customer's id in tokens, as in `make token SUB=...`."""

    sub: str
    name: str
    role: str
    email: str
    scopes: tuple[str, ...]
    """The scopes of the API that this person may use."""

    def granted(self, requested: Iterable[str]) -> tuple[str, ...]:
        """Returns the requested scopes that this person may have, each once (RFC 6749, section 3.3)."""
        allowed = {*IDENTITY_SCOPES, *self.scopes}
        return tuple(scope for scope in dict.fromkeys(requested) if scope in allowed)

    def claims(self, scopes: Iterable[str]) -> Mapping[str, str | bool]:
        """Returns what these scopes say about the person (OpenID Connect Core 1.0, section 5.4)."""
        said: dict[str, str | bool] = {}
        if "profile" in scopes:
            said["name"] = self.name
        if "email" in scopes:
            said |= {"email": self.email, "email_verified": True}
        return said


PEOPLE: Final = {
    person.sub: person
    for person in (
        Person("alice", "Alice Martin", "Customer", "alice@example.com", _CUSTOMER_SCOPES),
        Person("bob", "Bob Keller", "Customer", "bob@example.com", _CUSTOMER_SCOPES),
        Person(
            ADMINISTRATOR,
            "Olivia Stone",
            "Operator: all orders, products and stock",
            "operator@example.com",
            _OPERATOR_SCOPES,
        ),
    )
}
"""By ``sub``."""

SCOPES: Final = tuple(
    dict.fromkeys((*IDENTITY_SCOPES, *(scope for person in PEOPLE.values() for scope in person.scopes)))
)
"""Every scope that somebody can get."""
