"""The sign-in of a stage in the API's description."""

from typing import Any

import msgspec

from ordering.http.sign_in import SCHEME, SignInFlow, with_sign_in

FLOW = SignInFlow(
    authorization_url="https://issuer.example.com/authorize",
    token_url="https://issuer.example.com/token",
    client_id="a-public-client",
    scope_prefix="orders/",
    scopes={"orders:read": "Read your orders"},
)
DESCRIPTION = msgspec.json.encode(
    {
        "paths": {
            "/orders": {
                "get": {"security": [{"token": ["orders:read"]}]},
                "post": {"security": [{"token": ["orders:write"]}]},
            },
            "/health": {"get": {"security": []}},
        },
        "components": {"securitySchemes": {"token": {"type": "http"}}},
    }
)


def described() -> Any:
    return msgspec.json.decode(with_sign_in(DESCRIPTION, FLOW))


def test_operation_accepts_the_sign_in_if_it_can_give_the_scope() -> None:
    paths = described()["paths"]
    assert paths["/orders"]["get"]["security"] == [
        {"token": ["orders:read"]},
        {SCHEME: ["orders/orders:read"]},
    ]
    assert paths["/orders"]["post"]["security"] == [{"token": ["orders:write"]}]
    assert paths["/health"]["get"]["security"] == []


def test_sign_in_is_the_first_scheme_and_names_the_issuers_addresses_and_scopes() -> None:
    schemes = described()["components"]["securitySchemes"]
    assert list(schemes) == [SCHEME, "token"]
    assert schemes[SCHEME]["x-client-id"] == "a-public-client"
    assert schemes[SCHEME]["flows"] == {
        "authorizationCode": {
            "authorizationUrl": "https://issuer.example.com/authorize",
            "tokenUrl": "https://issuer.example.com/token",
            "refreshUrl": "https://issuer.example.com/token",
            "scopes": {"orders/orders:read": "Read your orders"},
        }
    }
