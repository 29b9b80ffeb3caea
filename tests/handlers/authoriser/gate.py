"""The authoriser as the gateway calls it, and issuers whose tokens it accepts."""

import json
import sys
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support import least_privilege
from tests.support.forge import Mallory, Target, rsa_jwk, rsa_key, thumbprint
from tests.support.loopback import Loopback
from tests.support.world import Context

MODULE = "lambdas.authoriser.authorise_request"
AUDIENCE = "orders-api"
ROUTE = "POST /orders"
SCOPE = "orders:write"

_EVENT = json.loads((Path(__file__).parents[2] / "events" / "http_api_authoriser.json").read_text())


@dataclass(frozen=True)
class Gate:
    """The authoriser of some issuers. It keeps its state between calls, as a warm process does."""

    module: ModuleType

    def ask(self, authorization: str, route: str = ROUTE) -> dict[str, Any]:
        """Returns the response to a request with this header. Raises what the function raises."""
        event = deepcopy(_EVENT)
        event |= {"routeKey": route, "identitySource": [authorization, route]}
        event["headers"]["authorization"] = authorization
        event["requestContext"]["routeKey"] = route
        with least_privilege.within("authorise_request"):
            answer: dict[str, Any] = self.module.handler(event, Context())
        return answer

    def admits(self, token: str, route: str = ROUTE) -> bool:
        """Whether a bearer token is admitted. Asserts that the response has a valid form."""
        answer = self.ask(f"Bearer {token}", route)
        admitted = answer["isAuthorized"]
        assert isinstance(admitted, bool)
        assert set(answer) == ({"isAuthorized", "context"} if admitted else {"isAuthorized"})
        return admitted


def gate(issuers: Iterable[dict[str, Any]]) -> Gate:
    """Returns a new process of the function, configured with these issuers."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ISSUERS", json.dumps(list(issuers)))
        sys.modules.pop(MODULE, None)
        return Gate(import_module(MODULE))


def trusted(server: Loopback, *algorithms: str, **changes: Any) -> dict[str, Any]:
    """An entry of ISSUERS for an issuer on loopback."""
    entry = {
        "issuer": server.url,
        "audience": [AUDIENCE],
        "algorithms": algorithms or ["RS256"],
        "scopePrefix": "",
        "keys": "jwks",
    }
    return entry | changes


def target_of(issuer: str, mallory: Loopback | None = None, *, key: str = "issuer") -> Target:
    """Returns an issuer of RS256 tokens that has this key."""
    private = rsa_key(key)
    return Target(
        issuer=issuer,
        audience=AUDIENCE,
        scope=SCOPE,
        key=private,
        kid=thumbprint(rsa_jwk(private)),
        mallory=Mallory(mallory.url if mallory else "https://mallory.example"),
    )


def published(target: Target, **changes: Any) -> dict[str, Any]:
    """The target's key as its issuer publishes it."""
    return {**rsa_jwk(target.key), "kid": target.kid, "alg": "RS256", "use": "sig", **changes}
