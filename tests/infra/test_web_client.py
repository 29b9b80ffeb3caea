"""The client of front ends: in the user pool by the settings, or at an issuer of one's own."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from local.openid.people import PEOPLE
from stacks.settings import STAGES, Domain, ExternalWebClient, Settings, UserPoolPlan, WebClient
from stacks.settings.checks.tokens import token_problems
from stacks.sign_in import LOCAL_CLIENT_ID, LOCAL_SCOPES, external_sign_in, local_sign_in
from tests.infra.switches import ESSENTIALS, EXTERNAL, WEB_CLIENT
from tests.synth import Json, Synthesised, synthesised_with

DEV = STAGES["dev"]


def _with(client: WebClient | None, **more: Any) -> Synthesised:
    return synthesised_with(replace(DEV, web_client=client, **more), checks=False)


def _web(app: Synthesised) -> Json:
    (client,) = (r.properties for r in app.resources("AWS::Cognito::UserPoolClient") if "Web" in r.id)
    return client


@pytest.fixture(scope="module")
def lite() -> Synthesised:
    return _with(WEB_CLIENT)


@pytest.fixture(scope="module")
def essentials() -> Synthesised:
    return _with(ESSENTIALS, user_pool_plan=UserPoolPlan.ESSENTIALS, domain=_DOMAIN)


_DOMAIN = Domain("orders.example.com", "arn:aws:acm:eu-west-1:000000000000:certificate/5e0c7a1b-0000-0000")


def test_the_client_is_public_and_uses_the_code_flow_alone(lite: Synthesised) -> None:
    client = _web(lite)
    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["AllowedOAuthFlowsUserPoolClient"] is True
    assert client["SupportedIdentityProviders"] == ["COGNITO"]
    assert client["CallbackURLs"] == list(WEB_CLIENT.callback_urls)
    assert client["LogoutURLs"] == list(WEB_CLIENT.logout_urls)
    assert client["EnableTokenRevocation"] is True
    assert client["PreventUserExistenceErrors"] == "ENABLED"


def test_the_client_lets_no_one_try_passwords_outside_the_pages(lite: Synthesised) -> None:
    """An empty list would mean the default flows ("ExplicitAuthFlows", CreateUserPoolClient)."""
    assert _web(lite)["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]


def test_rotation_excludes_the_flow_that_it_replaces(essentials: Synthesised) -> None:
    """ "You can't authenticate with REFRESH_TOKEN_AUTH in app clients with refresh token rotation enabled"

    See "Refresh tokens" (Amazon Cognito).
    """
    client = _web(essentials)
    assert client["RefreshTokenRotation"] == {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10}
    assert client["ExplicitAuthFlows"] == ["ALLOW_USER_SRP_AUTH"]


def test_no_customer_can_ask_for_an_operators_scope(lite: Synthesised) -> None:
    scopes = json.dumps(_web(lite)["AllowedOAuthScopes"])
    assert "orders:write" in scopes
    for scope in ("admin", "products", "canary"):
        assert scope not in scopes


def test_the_newer_pages_have_a_style_for_every_client_of_people(essentials: Synthesised) -> None:
    """A client without a style shows an error ("Apply branding to managed login pages", Amazon Cognito)."""
    assert essentials.one("AWS::Cognito::UserPool").properties["UserPoolTier"] == "ESSENTIALS"
    domain = essentials.one("AWS::Cognito::UserPoolDomain")
    assert domain.properties["ManagedLoginVersion"] == 2
    styles = essentials.resources("AWS::Cognito::ManagedLoginBranding")
    people = {
        client.id
        for client in essentials.resources("AWS::Cognito::UserPoolClient")
        if client.properties.get("AllowedOAuthFlows") == ["code"]
    }
    assert {style.properties["ClientId"]["Ref"] for style in styles} == people
    assert {style.id for style in styles} <= set(domain.body["DependsOn"])


def test_the_classic_pages_are_set_explicitly(lite: Synthesised) -> None:
    assert lite.one("AWS::Cognito::UserPoolDomain").properties["ManagedLoginVersion"] == 1
    assert not lite.resources("AWS::Cognito::ManagedLoginBranding")


def test_the_docs_page_of_a_custom_domain_may_sign_in(essentials: Synthesised) -> None:
    assert "https://orders.example.com/docs/sign-in" in _web(essentials)["CallbackURLs"]


def test_the_api_accepts_the_client_and_its_description_names_it(lite: Synthesised) -> None:
    audience = lite.one("AWS::ApiGatewayV2::Authorizer").properties["JwtConfiguration"]["Audience"]
    assert len(audience) == len(lite.resources("AWS::Cognito::UserPoolClient"))
    told = json.dumps(lite.function("get_openapi").properties["Environment"]["Variables"]["SIGN_IN"])
    for part in ("oauth2/authorize", "oauth2/token", "orders/", "orders:write"):
        assert part in told
    assert "SIGN_IN_ORIGIN" in lite.function("get_docs").properties["Environment"]["Variables"]
    assert "WebClientId" in lite.outputs()


def test_without_the_setting_the_page_takes_tokens_only() -> None:
    app = _with(None)
    assert not [r for r in app.resources("AWS::Cognito::UserPoolClient") if "Web" in r.id]
    assert "SIGN_IN" not in app.function("get_openapi").properties["Environment"]["Variables"]


def test_sign_in_at_an_external_issuer_is_what_the_settings_name() -> None:
    sign_in = external_sign_in(replace(DEV, issuer="https://login.example.com", web_client=EXTERNAL))
    assert sign_in
    assert (sign_in.client_id, sign_in.token_origin) == ("shop", "https://login.example.com")
    assert sign_in.scope_prefix == ""


def test_local_sign_in_offers_what_the_people_of_the_issuer_may_do() -> None:
    sign_in = local_sign_in("http://127.0.0.1:4567")
    assert sign_in.client_id == LOCAL_CLIENT_ID == "web"
    assert set(LOCAL_SCOPES) == {scope for person in PEOPLE.values() for scope in person.scopes}


def _problems(client: WebClient | None, **more: Any) -> Iterator[str]:
    settings: Settings = replace(DEV, web_client=client, **more)
    return (line for line in token_problems(settings) if "web_client" in line or "user_pool_plan" in line)


@pytest.mark.parametrize(
    ("client", "more", "problem"),
    [
        (replace(WEB_CLIENT, callback_urls=()), {}, "set callback_urls"),
        (replace(WEB_CLIENT, callback_urls=("http://shop.example/",)), {}, "must begin with https://"),
        (replace(WEB_CLIENT, callback_urls=("http://127.0.0.1:5173/",)), {}, "must begin with https://"),
        (replace(WEB_CLIENT, callback_urls=("http://localhost.evil.example/",)), {}, "must begin with https"),
        (replace(WEB_CLIENT, logout_urls=("https://a/#b",)), {}, "have no fragment"),
        (replace(WEB_CLIENT, logout_urls=("https://a/", "https://a/")), {}, "named twice"),
        (replace(WEB_CLIENT, callback_urls=("http://localhost:5173/",)), {"protected": True}, "https://"),
        (replace(WEB_CLIENT, scopes=("orders:admin",)), {}, "to every user"),
        (replace(WEB_CLIENT, scopes=()), {}, "each once"),
        (replace(WEB_CLIENT, access_token_minutes=4), {}, "access_token_minutes 4"),
        (replace(WEB_CLIENT, refresh_token_days=0), {}, "refresh_token_days 0"),
        (replace(WEB_CLIENT, rotate_refresh_tokens=True), {}, "UserPoolPlan.ESSENTIALS"),
        (replace(WEB_CLIENT, managed_login=True), {}, "UserPoolPlan.ESSENTIALS"),
        (EXTERNAL, {}, "remove external"),
        (WEB_CLIENT, {"issuer": "https://login.example.com"}, "has no client at the external issuer"),
        (
            replace(EXTERNAL, external=ExternalWebClient(client_id="", authorization_url="", token_url="")),
            {"issuer": "https://login.example.com"},
            "is not a client's id",
        ),
        (None, {"issuer": "https://a", "user_pool_plan": UserPoolPlan.ESSENTIALS}, "has no user pool"),
        (WEB_CLIENT, {"stage": "local", "issuer": "http://127.0.0.1:1"}, "a client of its own"),
    ],
)
def test_wrong_settings_are_refused_with_a_remedy(
    client: WebClient | None, more: dict[str, Any], problem: str
) -> None:
    assert any(problem in line for line in _problems(client, **more))


@pytest.mark.parametrize(
    ("client", "more"),
    [
        (WEB_CLIENT, {}),
        (ESSENTIALS, {"user_pool_plan": UserPoolPlan.ESSENTIALS}),
        (EXTERNAL, {"issuer": "https://login.example.com"}),
        (WebClient(), {"domain": _DOMAIN}),
    ],
)
def test_right_settings_are_accepted(client: WebClient, more: dict[str, Any]) -> None:
    assert list(_problems(client, **more)) == []
