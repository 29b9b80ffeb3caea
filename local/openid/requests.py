"""Checks of a request to sign in (OpenID Connect Core 1.0, section 3.1.2; RFC 7636; RFC 9700)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from werkzeug.datastructures import MultiDict

from local.openid.clients import Client, Clients
from local.openid.errors import OAuthError, PageError, required, single
from local.openid.people import SCOPES

CHALLENGE_METHOD: Final = "S256"
# SHA-256 in base64url without padding (RFC 7636, section 4.2).
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
# Long enough for what client libraries put into them; they are kept until the code is used.
_MOST_CHARACTERS = 2048
_PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_UNSUPPORTED = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


@dataclass(frozen=True)
class ReturnTarget:
    """Where the answer to a request goes. Nothing is sent there before it is known to be registered."""

    client: Client
    redirect_uri: str
    state: str | None


@dataclass(frozen=True)
class SignInRequest:
    """A valid request for an authorisation code."""

    target: ReturnTarget
    scopes: tuple[str, ...]
    nonce: str | None
    challenge: str
    silent: bool
    """Whether no page may be shown (`prompt=none`)."""
    max_age: int | None
    """How long ago the person may have signed in, in seconds."""
    id_token_hint: str | None


def target_of(parameters: MultiDict[str, str], clients: Clients) -> ReturnTarget:
    """Returns where the answer goes. Raises PageError: then the person sees the error, not the client."""
    try:
        client_id = required(parameters, "client_id")
        redirect_uri = required(parameters, "redirect_uri")
    except OAuthError as error:
        raise PageError(f"{error.description}.") from error
    client = clients.get(client_id)
    if client is None:
        raise PageError(f"No client with the id {client_id!r} is registered here.")
    if redirect_uri not in client.redirect_uris:
        raise PageError(
            f"{redirect_uri} is not a redirect URI of the client {client.id!r}. It has "
            f"{', '.join(sorted(client.redirect_uris))}."
        )
    states = parameters.getlist("state")
    # An ambiguous state is not sent back; `sign_in_request` refuses it.
    return ReturnTarget(client, redirect_uri, states[0] if len(states) == 1 else None)


def sign_in_request(parameters: MultiDict[str, str], target: ReturnTarget) -> SignInRequest:
    """Returns the request. Raises OAuthError, which is sent to the client."""
    single(parameters, "state")
    for name, code in _UNSUPPORTED.items():
        if name in parameters:
            raise OAuthError(code, f"{name} is not supported")
    if required(parameters, "response_type") != "code":
        raise OAuthError("unsupported_response_type", "response_type must be code")
    if single(parameters, "response_mode") not in (None, "query"):
        raise OAuthError("invalid_request", "response_mode must be query, or left out")
    if single(parameters, "code_challenge_method") != CHALLENGE_METHOD:
        raise OAuthError("invalid_request", f"code_challenge_method must be {CHALLENGE_METHOD}: use PKCE")
    challenge = required(parameters, "code_challenge")
    if not _CHALLENGE.fullmatch(challenge):
        raise OAuthError("invalid_request", "code_challenge is not a SHA-256 hash in base64url")
    for name in ("state", "nonce"):
        if len(single(parameters, name) or "") > _MOST_CHARACTERS:
            raise OAuthError("invalid_request", f"{name} is longer than {_MOST_CHARACTERS} characters")
    scopes = tuple(required(parameters, "scope").split())
    if not set(scopes) & set(SCOPES):
        raise OAuthError("invalid_scope", f"scope must contain at least one of {' '.join(SCOPES)}")
    return SignInRequest(
        target,
        scopes,
        single(parameters, "nonce"),
        challenge,
        silent=_is_silent(single(parameters, "prompt")),
        max_age=_max_age(single(parameters, "max_age")),
        id_token_hint=single(parameters, "id_token_hint"),
    )


def is_verifier(text: str) -> bool:
    """Whether a text can be a code verifier (RFC 7636, section 4.1)."""
    return _VERIFIER.fullmatch(text) is not None


def _is_silent(prompt: str | None) -> bool:
    prompts = set((prompt or "").split())
    if unknown := prompts - _PROMPTS:
        raise OAuthError("invalid_request", f"prompt does not support {' '.join(sorted(unknown))}")
    if "none" in prompts and len(prompts) > 1:
        raise OAuthError("invalid_request", "prompt=none cannot be combined with another value")
    return "none" in prompts


def _max_age(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch("[0-9]{1,9}", text):
        raise OAuthError("invalid_request", "max_age must be a number of seconds")
    return int(text)
