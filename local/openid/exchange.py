"""The token endpoint (RFC 6749, sections 4.1.3 and 6; RFC 7636, section 4.6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Any

from werkzeug.datastructures import MultiDict

from local.openid.clients import Clients
from local.openid.errors import OAuthError, required, single
from local.openid.grants import Grant, Grants
from local.openid.issued import Signer
from local.openid.requests import is_verifier


def exchange(
    parameters: MultiDict[str, str], *, clients: Clients, grants: Grants, signer: Signer
) -> dict[str, Any]:
    """Returns the response to a request for tokens. Raises OAuthError."""
    client_id = client_of(parameters, clients)
    match required(parameters, "grant_type"):
        case "authorization_code":
            grant, code = _by_code(parameters, client_id, grants)
            return _response(grant, grant.scopes, grants.first_refresh_token(grant, code), signer)
        case "refresh_token":
            return _by_refresh_token(parameters, client_id, grants, signer)
    raise OAuthError("unsupported_grant_type", "grant_type must be authorization_code or refresh_token")


def client_of(parameters: MultiDict[str, str], clients: Clients) -> str:
    """Returns the id of the client that sends a request. Raises OAuthError."""
    client_id = required(parameters, "client_id")
    if client_id not in clients:
        raise OAuthError("invalid_client", "client_id is not registered here", status=401)
    return client_id


def _by_code(parameters: MultiDict[str, str], client_id: str, grants: Grants) -> tuple[Grant, str]:
    key = required(parameters, "code")
    redirect_uri = required(parameters, "redirect_uri")
    verifier = required(parameters, "code_verifier")
    # Used up by the first attempt, right or wrong, so that no verifier can be guessed.
    code = grants.use_code(key)
    if code is None:
        raise OAuthError("invalid_grant", "code is unknown, has expired or was used before")
    if code.grant.client_id != client_id:
        raise OAuthError("invalid_grant", "code was issued to another client")
    if code.redirect_uri != redirect_uri:
        raise OAuthError("invalid_grant", "redirect_uri is not the one that the code was sent to")
    if not is_verifier(verifier) or not hmac.compare_digest(_challenge(verifier), code.challenge):
        raise OAuthError("invalid_grant", "code_verifier does not match the code_challenge")
    return code.grant, key


def _by_refresh_token(
    parameters: MultiDict[str, str], client_id: str, grants: Grants, signer: Signer
) -> dict[str, Any]:
    token = required(parameters, "refresh_token")
    wanted = (single(parameters, "scope") or "").split()
    grant, newest = grants.use_refresh_token(token, client_id, wanted)
    return _response(grant, wanted or grant.scopes, newest, signer)


def _response(grant: Grant, scopes: Iterable[str], refresh_token: str, signer: Signer) -> dict[str, Any]:
    scopes = tuple(scopes)
    access_token = signer.access_token(grant, scopes)
    response = {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": signer.lifetime,
        "refresh_token": refresh_token,
        "scope": " ".join(scopes),
    }
    id_token = signer.id_token(grant, access_token)
    return response | ({"id_token": id_token} if id_token else {})


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
