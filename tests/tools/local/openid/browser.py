"""A client that follows the protocol step by step, with every part open to a test's changes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from werkzeug import test
from werkzeug.test import TestResponse

from local.openid.app import OpenIdProvider
from local.openid.clients import Client, Clients, registered
from local.openid.grants import Grants
from local.openid.issued import Signer
from local.tokens import new_key

PORT = 4567
ISSUER = f"http://127.0.0.1:{PORT}"
REDIRECT_URI = "http://localhost:5173/"
DOCS = "http://127.0.0.1:4566/_aws/execute-api/a1b2c3/$default/docs"
ANOTHER = "http://localhost:9000/"
VERIFIER = "a-verifier-of-at-least-43-characters.0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
SCOPE = "openid profile email orders:read orders:write"
REQUEST: Mapping[str, str] = {
    "client_id": "web",
    "redirect_uri": REDIRECT_URI,
    "response_type": "code",
    "scope": SCOPE,
    "state": "a state & more",
    "nonce": "a nonce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
KEY = new_key()


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def clients() -> Clients:
    """The client of a run whose API is deployed, and another one."""
    another = Client("another", "another front end", frozenset({ANOTHER}), frozenset({ANOTHER}))
    return {**registered(5173, lambda: DOCS.removesuffix("/docs")), another.id: another}


class Answer(TestResponse):
    """A response whose body a test knows to be JSON."""

    @property
    def json(self) -> Any:
        """The body."""
        return self.get_json()


class Browser:
    """A browser at the provider: it keeps cookies, and follows no redirect by itself."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.grants = Grants(self.clock)
        self.signer = Signer(ISSUER, KEY)
        self.provider = OpenIdProvider(self.signer, clients, self.grants)
        self._client = test.Client(self.provider, Answer)

    def another(self) -> Browser:
        """Another browser, at the same provider."""
        other = Browser.__new__(Browser)
        other.__dict__.update(self.__dict__, _client=test.Client(self.provider, Answer))
        return other

    def send(self, method: str, path: str, **arguments: Any) -> Answer:
        """Send one request."""
        return cast(Answer, self._client.open(path, method=method, base_url=ISSUER, **arguments))

    def authorize(self, **changes: str | None) -> Answer:
        """Open the page that asks who one is; a change to None leaves a parameter out."""
        return self.send("GET", "/authorize", query_string=_changed(REQUEST, changes))

    def pick(self, person: str = "alice", *, origin: str = ISSUER, **changes: str | None) -> Answer:
        """Pick a person on that page."""
        return self.send(
            "POST",
            "/authorize",
            query_string=_changed(REQUEST, changes),
            data={"person": person},
            headers={"Origin": origin},
        )

    def code(self, person: str = "alice", **changes: str | None) -> str:
        """Returns the code that the client receives after a person was picked."""
        return query_of(self.pick(person, origin=ISSUER, **changes))["code"]

    def token(self, **parameters: str | None) -> Answer:
        """Send a request for tokens."""
        sent = {"grant_type": "authorization_code", "client_id": "web", "redirect_uri": REDIRECT_URI}
        sent["code_verifier"] = VERIFIER
        return self.send("POST", "/token", data=_changed(sent, parameters))

    def refresh(self, refresh_token: str, **parameters: str | None) -> Answer:
        """Send a request for new tokens."""
        sent = {"grant_type": "refresh_token", "client_id": "web", "refresh_token": refresh_token}
        return self.send("POST", "/token", data=_changed(sent, parameters))

    def sign_in(self, person: str = "alice", **changes: str | None) -> dict[str, Any]:
        """Returns the tokens of a person, as the client gets them."""
        response = self.token(code=self.code(person, **changes))
        assert response.status_code == 200, response.text
        tokens: dict[str, Any] = response.json
        return tokens


def query_of(response: Answer, redirect_uri: str = REDIRECT_URI) -> dict[str, str]:
    """The parameters of a redirect to the client."""
    assert response.status_code == 303, response.text
    url = urlsplit(response.headers["Location"])
    assert url._replace(query="").geturl() == redirect_uri
    return dict(parse_qsl(url.query, strict_parsing=True))


def _changed(given: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in {**given, **changes}.items() if value is not None}
