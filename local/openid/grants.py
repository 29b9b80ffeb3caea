"""What has been granted: sessions of people, authorisation codes, and refresh tokens."""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from local.openid.errors import OAuthError
from local.openid.people import Person
from local.openid.store import Clock, Store
from local.tokens import HOUR

CODE_SECONDS: Final = 60
_SESSION_SECONDS = 12 * HOUR
_REFRESH_SECONDS = 12 * HOUR
# More than one developer and a suite of tests need, and little memory.
_MOST = 1000


@dataclass(frozen=True)
class Session:
    """A person who is signed in, in one browser."""

    person: Person
    auth_time: int
    """When they picked themselves, in seconds since 1970."""


@dataclass(frozen=True)
class Grant:
    """What a client may do for a person."""

    client_id: str
    person: Person
    scopes: tuple[str, ...]
    auth_time: int
    session: str
    """The key of the session in which it was granted: signing out ends the grant."""
    nonce: str | None


@dataclass(frozen=True)
class AuthorizationCode:
    """What an authorisation code stands for, and what its client must know to use it."""

    grant: Grant
    redirect_uri: str
    challenge: str


@dataclass(frozen=True)
class _Family:
    """The refresh tokens that follow one sign-in; only the newest one is valid."""

    grant: Grant
    newest: str


class Grants:
    """Everything that the provider remembers."""

    def __init__(self, clock: Clock = time.time) -> None:
        self.clock = clock
        self.sessions: Store[Session] = Store(most=_MOST, seconds=_SESSION_SECONDS, clock=clock)
        self.codes: Store[AuthorizationCode] = Store(most=_MOST, seconds=CODE_SECONDS, clock=clock)
        # Code → its family, to end the family if the code is used twice.
        self._used_codes: Store[str] = Store(most=_MOST, seconds=_REFRESH_SECONDS, clock=clock)
        self._families: Store[_Family] = Store(most=_MOST, seconds=_REFRESH_SECONDS, clock=clock)

    def sign_in(self, person: Person) -> tuple[str, Session]:
        """Returns a new session of a person, and its key."""
        session = Session(person, int(self.clock()))
        return self.sessions.add(session), session

    def sign_out(self, session: str) -> None:
        """End a session and what was granted in it. Access tokens stay valid until they expire."""
        self.sessions.pop(session)
        self.codes.remove_if(lambda code: code.grant.session == session)
        self._families.remove_if(lambda family: family.grant.session == session)

    def use_code(self, key: str) -> AuthorizationCode | None:
        """Returns what a code stands for, once. A second use ends the refresh tokens of the first.

        See RFC 6749, section 4.1.2.
        """
        if used := self._used_codes.get(key):
            self._families.pop(used)
            return None
        return self.codes.pop(key)

    def first_refresh_token(self, grant: Grant, code: str) -> str:
        """Returns the first refresh token of a grant, which a code has just been exchanged for."""
        family = secrets.token_urlsafe(32)
        self._used_codes.set(code, family)
        return self._rotate(family, grant)

    def use_refresh_token(self, token: str, client_id: str, scopes: Collection[str]) -> tuple[Grant, str]:
        """Returns the grant of a refresh token, and the next refresh token.

        A token that was used before ends its family: it, or its successor, was stolen (RFC 9700, section
        4.14.2). Raises OAuthError; another client's attempt, or one for scopes that were not granted, uses
        nothing up.
        """
        family_key, _, newest = token.partition(".")
        family = self._families.pop(family_key)
        if family is None or not secrets.compare_digest(family.newest.encode(), newest.encode()):
            raise OAuthError("invalid_grant", "refresh_token is unknown, has expired or was used before")
        if family.grant.client_id != client_id:
            self._families.set(family_key, family)
            raise OAuthError("invalid_grant", "refresh_token was issued to another client")
        if set(scopes) - set(family.grant.scopes):
            self._families.set(family_key, family)
            raise OAuthError("invalid_scope", "scope exceeds what was granted at the sign-in")
        # The nonce belongs to the first ID token alone (OpenID Connect Core 1.0, section 12.2).
        grant = replace(family.grant, nonce=None)
        return grant, self._rotate(family_key, grant)

    def revoke(self, token: str, client_id: str) -> None:
        """End the family of a refresh token, if it is this client's (RFC 7009, section 2.1)."""
        family_key = token.partition(".")[0]
        family = self._families.get(family_key)
        if family is not None and family.grant.client_id == client_id:
            self._families.pop(family_key)

    def _rotate(self, family: str, grant: Grant) -> str:
        newest = secrets.token_urlsafe(32)
        self._families.set(family, _Family(grant, newest))
        return f"{family}.{newest}"
