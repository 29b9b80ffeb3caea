"""Where people sign in, for front ends and the page at `/docs`: in a user pool, or with another issuer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from stacks.settings import SCOPES, Settings

# The client of the local issuer (`local.openid.clients`), and what its people may be granted.
LOCAL_CLIENT_ID = "web"
LOCAL_SCOPES = (
    *("orders:read", "orders:write", "customers:read", "customers:write", "webhooks:write"),
    *("orders:admin", "products:write"),
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A public client of an issuer, and the endpoints that it uses."""

    client_id: str
    authorization_url: str
    token_url: str
    token_origin: str
    """The origin of the token endpoint, which pages call."""
    scope_prefix: str
    scopes: tuple[str, ...]
    """The scopes of the API that the client may ask for, without the prefix."""

    def configuration(self) -> Mapping[str, Any]:
        """Returns it as the function of the description reads it (`ordering.http.sign_in`)."""
        return {
            "authorizationUrl": self.authorization_url,
            "tokenUrl": self.token_url,
            "clientId": self.client_id,
            "scopePrefix": self.scope_prefix,
            "scopes": {name: SCOPES[name] for name in self.scopes},
        }


def external_sign_in(settings: Settings) -> SignIn | None:
    """Returns the sign-in of a stage with an issuer of its own; None if its settings name no client there."""
    if settings.local and settings.issuer:
        return local_sign_in(settings.issuer)
    client = settings.web_client
    if client is None or client.external is None:
        return None
    url = urlsplit(client.external.token_url)
    return SignIn(
        client_id=client.external.client_id,
        authorization_url=client.external.authorization_url,
        token_url=client.external.token_url,
        token_origin=f"{url.scheme}://{url.netloc}",
        scope_prefix=settings.scope_prefix,
        scopes=client.scopes,
    )


def local_sign_in(issuer: str) -> SignIn:
    """Returns the sign-in at the local issuer."""
    return SignIn(
        client_id=LOCAL_CLIENT_ID,
        authorization_url=f"{issuer}/authorize",
        token_url=f"{issuer}/token",
        token_origin=issuer,
        scope_prefix="",
        scopes=LOCAL_SCOPES,
    )
