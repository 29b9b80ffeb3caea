"""Adds the sign-in of a stage to the API's description, whose committed copy is the same for all stages."""

from collections.abc import Mapping
from typing import Any

import msgspec

SCHEME = "signIn"
_ABOUT = "Sign in with the API's issuer: authorisation code with PKCE (RFC 7636)."


class SignInFlow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where people sign in, and the public client that sends them there."""

    authorization_url: str
    token_url: str
    client_id: str
    scope_prefix: str
    """What the issuer writes before the name of a scope of the API."""
    scopes: Mapping[str, str]
    """The scopes that the client may ask for, without the prefix, and what they allow."""


def with_sign_in(description: bytes, sign_in: SignInFlow) -> bytes:
    """Returns the description with an OAuth 2.0 flow beside the token, where the flow can give the scope."""
    document: dict[str, Any] = msgspec.json.decode(description)
    for path in document["paths"].values():
        for operation in path.values():
            operation["security"] = [
                *operation["security"],
                *(
                    {SCHEME: [f"{sign_in.scope_prefix}{scope}" for scope in required["token"]]}
                    for required in operation["security"]
                    if sign_in.scopes.keys() >= set(required.get("token", ()))
                ),
            ]
    schemes = document["components"]["securitySchemes"]
    scheme = {
        "type": "oauth2",
        "description": _ABOUT,
        "flows": {
            "authorizationCode": {
                "authorizationUrl": sign_in.authorization_url,
                "tokenUrl": sign_in.token_url,
                "refreshUrl": sign_in.token_url,
                "scopes": {f"{sign_in.scope_prefix}{name}": text for name, text in sign_in.scopes.items()},
            }
        },
        # For the page at /docs; OpenAPI has no field for it.
        "x-client-id": sign_in.client_id,
    }
    document["components"]["securitySchemes"] = {SCHEME: scheme, **schemes}
    return msgspec.json.encode(document)
