"""Optional settings: a custom domain, and the Lambda authoriser."""

import json
from dataclasses import replace

import pytest

from stacks.settings import STAGES, Domain, Throttle, TrustedIssuer
from tests.synth import Json, Synthesised, synthesised_with

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/5e0c7a1b"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:partner-AbCdEf"


@pytest.fixture(scope="module")
def chosen() -> Synthesised:
    """Stage dev with everything chosen that can be."""
    return synthesised_with(
        replace(
            STAGES["dev"],
            lambda_authoriser=True,
            additional_issuers=(
                TrustedIssuer(
                    url="https://partner.example.com",
                    audience=("orders",),
                    algorithms=("HS256",),
                    secret_arn=SECRET,
                ),
            ),
            domain=Domain("orders.example.com", CERTIFICATE),
        )
    )


def test_the_api_is_reached_by_its_own_name_alone(chosen: Synthesised) -> None:
    (domain,) = chosen.resources("AWS::ApiGatewayV2::DomainName")
    (configuration,) = domain.properties["DomainNameConfigurations"]
    assert configuration["CertificateArn"] == CERTIFICATE
    assert configuration["SecurityPolicy"] == "TLS_1_2"
    assert chosen.one("AWS::ApiGatewayV2::Api", "api").properties["DisableExecuteApiEndpoint"] is True
    assert chosen.outputs()["ApiUrl"] == "https://orders.example.com"


def test_domain_is_mapped_to_the_api_and_its_target_is_an_output(chosen: Synthesised) -> None:
    (domain,) = chosen.resources("AWS::ApiGatewayV2::DomainName")
    mapping = chosen.one("AWS::ApiGatewayV2::ApiMapping").properties
    assert mapping == {
        "ApiId": {"Ref": chosen.one("AWS::ApiGatewayV2::Api", "api").id},
        "DomainName": {"Ref": domain.id},
        "Stage": "$default",
    }
    target = chosen.templates["api"]["Outputs"]["DomainTarget"]["Value"]
    assert target == {"Fn::GetAtt": [domain.id, "RegionalDomainName"]}


def test_lambda_authoriser_decides_about_every_route_with_a_scope(chosen: Synthesised) -> None:
    for route in chosen.resources("AWS::ApiGatewayV2::Route", of="api"):
        kind = route.properties.get("AuthorizationType", "NONE")
        assert kind in ("CUSTOM", "NONE")
        # With a Lambda authoriser, the gateway checks no scopes: the template sets an empty list.
        assert route.properties.get("AuthorizationScopes", []) == []
        assert ("AuthorizationScopes" in route.properties) == (kind == "CUSTOM")
        if route.properties["RouteKey"] == "POST /orders":
            assert kind == "CUSTOM"


def test_authorisation_is_cached_by_header_and_route(chosen: Synthesised) -> None:
    authoriser = chosen.one("AWS::ApiGatewayV2::Authorizer").properties
    assert authoriser["IdentitySource"] == ["$request.header.Authorization", "$context.routeKey"]
    assert (authoriser["AuthorizerType"], authoriser["EnableSimpleResponses"]) == ("REQUEST", True)
    assert authoriser["AuthorizerResultTtlInSeconds"] == 60


def test_lambda_authoriser_trusts_the_user_pool_and_additional_issuers(chosen: Synthesised) -> None:
    variables = chosen.function("authorise_request").properties["Environment"]["Variables"]
    own, partner = _issuers(variables["ISSUERS"])
    assert (own["audienceClaim"], own["scopePrefix"], own["keys"]) == ("client_id", "orders/", "jwks")
    assert partner["keys"] == {"secretArn": SECRET}
    assert partner["algorithms"] == ["HS256"]


def test_lambda_authoriser_reads_only_the_block_and_the_secret(chosen: Synthesised) -> None:
    role = chosen.function("authorise_request").properties["Role"]["Fn::GetAtt"][0]
    (policy,) = (
        r.properties["PolicyDocument"]["Statement"]
        for r in chosen.resources("AWS::IAM::Policy")
        if r.stack == "api" and {"Ref": role} in r.properties["Roles"]
    )
    actions = {statement["Action"]: statement["Resource"] for statement in policy if _is_one(statement)}
    assert actions.keys() == {"dynamodb:GetItem", "secretsmanager:GetSecretValue"}
    assert actions["secretsmanager:GetSecretValue"] == SECRET


def test_stage_with_every_option_has_no_nag_finding(chosen: Synthesised) -> None:
    assert not chosen.findings


def test_throttle_of_an_unknown_route_is_refused() -> None:
    settings = replace(STAGES["dev"], route_throttles={"POST /order": Throttle(1, 1)})
    with pytest.raises(SystemExit, match="POST /order"):
        synthesised_with(settings)


def _is_one(statement: Json) -> bool:
    return isinstance(statement["Action"], str)


def _issuers(text: Json) -> list[Json]:
    """The configuration, with whatever CloudFormation fills in left blank."""
    _, parts = text["Fn::Join"]
    issuers: list[Json] = json.loads("".join(part if isinstance(part, str) else "-" for part in parts))
    return issuers
