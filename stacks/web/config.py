"""What the web application of a stage connects to: `config.json`, and the addresses in its policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aws_cdk import Fn

from stacks.settings import Settings, WebClient
from stacks.stack import OrderStack
from stacks.web.web_request import API

# People have no name in the user pool, so the application shows their e-mail address.
_PERSON: Final = ("openid", "profile", "email")


@dataclass(frozen=True, slots=True)
class WebAddresses:
    """The addresses to which the application connects, in addition to its own origin."""

    issuer: str
    client_id: str
    token_url: str
    live_url: str | None
    """The URL of the WebSocket API; None if the stage has none."""

    def config(self, settings: Settings, client: WebClient) -> dict[str, str]:
        """Returns the content of `config.json` (`web/src/config.ts`)."""
        scopes = (*_PERSON, *(f"{settings.scope_prefix}{scope}" for scope in client.scopes))
        live = {"liveUrl": self.live_url} if self.live_url else {}
        return {
            "stage": settings.stage,
            "apiUrl": API,
            "issuer": self.issuer,
            "clientId": self.client_id,
            "scopes": " ".join(scopes),
            **live,
        }

    def policy(self) -> Mapping[str, str]:
        """Returns placeholder → the addresses that the content security policy allows.

        Of the issuer, only its metadata, which is below its URL, and its token endpoint are allowed.
        """
        # A path that ends with a slash allows all paths below it (Content Security Policy Level 3, section
        # 6.7.2.12, path-part matching).
        return {"issuer": f"{self.issuer.rstrip('/')}/ {self.token_url}", "live": self.live_url or ""}


def web_addresses(
    settings: Settings,
    client: WebClient,
    *,
    api: OrderStack,
    identity: OrderStack | None,
    realtime: OrderStack | None,
) -> WebAddresses:
    """Returns the addresses of a stage, read from outputs of its other stacks, in the stage's region.

    Raises ValueError if there is neither a user pool nor an external client. The settings check this earlier.
    """

    def output(stack: OrderStack, name: str) -> str:
        return Fn.get_stack_output(stack.stack_name, name, settings.region)

    live_url = output(realtime, "WebSocketUrl") if realtime else None
    if identity:
        return WebAddresses(
            issuer=output(api, "Issuer"),
            client_id=output(identity, "WebClientId"),
            token_url=output(identity, "TokenUrl"),
            live_url=live_url,
        )
    if settings.issuer is None or client.external is None:
        raise ValueError("a stage with an external issuer must name the client of its front ends")
    return WebAddresses(settings.issuer, client.external.client_id, client.external.token_url, live_url)
