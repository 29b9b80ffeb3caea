"""Who gets tokens: issuers, and the programs and front ends that are their clients."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from ordering.domain import canary as canary_order

# The resource server of the Cognito user pool. Cognito issues a custom scope as `<resource server>/<scope>`.
RESOURCE_SERVER = "orders"


# Scope → its description on a consent page.
SCOPES = {
    "orders:read": "Read your orders",
    "orders:write": "Place and cancel orders",
    "orders:admin": "Read everybody's orders",
    "products:write": "Change the catalogue and its stock",
    "customers:read": "Read your profile",
    "customers:write": "Change your profile",
    "webhooks:write": "Manage your webhook endpoints",
    canary_order.SCOPE: "Place canary orders",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedIssuer:
    """An issuer whose tokens the Lambda authoriser accepts."""

    url: str
    audience: tuple[str, ...]
    algorithms: tuple[str, ...] = ("RS256",)
    scope_prefix: str = ""
    secret_arn: str | None = None
    """The ARN of a shared secret in Secrets Manager, for HS256 to HS512. None: the issuer publishes keys."""

    def configuration(self) -> dict[str, Any]:
        """Returns the issuer as the authoriser's function reads it (`ordering.tokens.issuers`)."""
        return {
            "issuer": self.url,
            "audience": list(self.audience),
            "algorithms": list(self.algorithms),
            "scopePrefix": self.scope_prefix,
            "keys": {"secretArn": self.secret_arn} if self.secret_arn else "jwks",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineClient:
    """A program that gets tokens from the user pool with its own secret (client credentials grant)."""

    name: str
    """Names its construct and its output (`PartnersClientId`): letters and digits, a capital letter first."""
    scopes: tuple[str, ...]


# What a customer may do. Cognito issues the scopes of a client to every user, so no client for people has
# others.
CUSTOMER_SCOPES: Final = (
    "orders:read",
    "orders:write",
    "customers:read",
    "customers:write",
    "webhooks:write",
)


class UserPoolPlan(StrEnum):
    """The feature plan of the user pool ("User pool feature plans", Amazon Cognito)."""

    LITE = "LITE"
    """The classic sign-in pages; 0.0055 dollars a month for each active user above the first ten thousand."""
    ESSENTIALS = "ESSENTIALS"
    """Managed login and the rotation of refresh tokens; 0.015 dollars, above the first ten thousand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalWebClient:
    """The client of front ends at an external issuer: public, authorisation code with PKCE (RFC 7636)."""

    client_id: str
    authorization_url: str
    """The issuer's authorisation endpoint, for the page at `/docs`."""
    token_url: str
    """The issuer's token endpoint; it must allow the origins of the front ends (CORS)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebClient:
    """How people sign in to a front end, and to the page at `/docs`: authorisation code with PKCE."""

    callback_urls: tuple[str, ...] = ()
    """Where the front end receives the code, and `<URL of the API>/docs/sign-in` for the page at `/docs`.

    With `domain`, the page's URL is added. They begin with https://, or with http://localhost for tests.
    """
    logout_urls: tuple[str, ...] = ()
    """Where people return to after signing out."""
    scopes: tuple[str, ...] = CUSTOMER_SCOPES
    access_token_minutes: int = 60
    refresh_token_days: int = 30
    rotate_refresh_tokens: bool = False
    """Whether each refresh token is valid once; needs the plan ESSENTIALS."""
    managed_login: bool = False
    """Whether the newer sign-in pages are shown; needs the plan ESSENTIALS."""
    external: ExternalWebClient | None = None
    """The client at the stage's external issuer. None: the app creates the client in its user pool."""

    @property
    def needs_essentials(self) -> bool:
        """Whether it uses features of the plan ESSENTIALS."""
        return self.rotate_refresh_tokens or self.managed_login


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryClient:
    """How the canary gets tokens from an external issuer: by the client credentials grant (RFC 6749, 4.4).

    Its tokens need the scopes `orders:read`, `orders:write` and `orders:canary`.
    """

    token_url: str
    """The issuer's token endpoint."""
    client_id: str
    secret_arn: str
    """The ARN of a secret in Secrets Manager whose whole text is the client's secret."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What the issuer needs in addition to the grant type: `{"scope": "...", "audience": "..."}`."""


# The back office's client is named Machine since the first release. Another name would create another client,
# and the id and the secret that its callers use would be deleted.
BACK_OFFICE: Final = MachineClient(name="Machine", scopes=("products:write", "orders:admin"))


PARTNERS: Final = MachineClient(name="Partners", scopes=("orders:read", "orders:write", "webhooks:write"))


# The canary's client, in stages with a user pool. Its secret is the only one that this app stores.
CANARY_CLIENT: Final = MachineClient(
    name="Canary", scopes=("orders:read", "orders:write", canary_order.SCOPE)
)
