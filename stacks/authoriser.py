"""The Lambda authorisers.

One checks tokens, in stages with the setting `lambda_authoriser`. The other one is for the routes that need
no token, in stages whose API accepts only requests that came through the edge.
"""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk.aws_apigatewayv2_authorizers import HttpLambdaAuthorizer, HttpLambdaResponseType

from ordering.tokens.edge_header import HEADER
from stacks.access import Access, customers
from stacks.data import DataStack
from stacks.function import OrderFunction
from stacks.grants import allow
from stacks.settings import RESOURCE_SERVER, Settings
from stacks.stack import FunctionStack

_EDGE_HEADER = f"$request.header.{HEADER}"


def lambda_authoriser(
    stack: FunctionStack,
    data: DataStack,
    issuer: str,
    audience: Sequence[str],
    edge_secrets: Sequence[str],
) -> HttpLambdaAuthorizer:
    """Returns the authoriser. It trusts the stage's own issuer and its `additional_issuers`.

    With `edge_secrets`, it refuses requests that did not come through the edge.
    """
    function = OrderFunction(
        stack,
        "authoriser/authorise_request",
        data=data,
        # To read whether the customer is blocked.
        access=Access(table=(customers("GetItem"),)),
        timeout=Duration.seconds(10),
        statements=issuer_access(stack.settings, edge_secrets),
        environment={**issuer_variables(stack, issuer, audience), **_edge_variables(edge_secrets)},
        more_layers=[stack.authoriser_layer],
    )
    return HttpLambdaAuthorizer(
        "LambdaAuthoriser",
        function.live,
        # The route is part of the cache key, so that a cached result is not used for another route.
        identity_source=[
            "$request.header.Authorization",
            "$context.routeKey",
            *([_EDGE_HEADER] if edge_secrets else []),
        ],
        response_types=[HttpLambdaResponseType.SIMPLE],
        results_cache_ttl=Duration.seconds(60),
    )


def issuer_variables(stack: FunctionStack, issuer: str, audience: Sequence[str]) -> dict[str, str]:
    """Returns the variable of a function that verifies tokens: the issuers that the stage trusts."""
    more = stack.settings.additional_issuers
    return {
        "ISSUERS": stack.to_json_string(
            [_own(stack, issuer, audience), *(each.configuration() for each in more)]
        )
    }


def issuer_access(settings: Settings, more_secrets: Sequence[str] = ()) -> list[iam.PolicyStatement]:
    """Returns what a function that verifies tokens may read: the secrets of issuers, and `more_secrets`."""
    secrets = [
        *(each.secret_arn for each in settings.additional_issuers if each.secret_arn),
        *more_secrets,
    ]
    return [allow(["secretsmanager:GetSecretValue"], *secrets)] if secrets else []


def edge_authoriser(
    stack: FunctionStack, data: DataStack, edge_secrets: Sequence[str]
) -> HttpLambdaAuthorizer:
    """Returns the authoriser of the routes that need no token.

    API Gateway refuses a request without the header before it calls the function ("identity sources" must be
    present), and caches the result for the header that the distribution sends: an hour is its maximum.
    """
    function = OrderFunction(
        stack,
        "authoriser/authorise_edge",
        data=data,
        access=Access(),
        timeout=Duration.seconds(10),
        statements=[allow(["secretsmanager:GetSecretValue"], *edge_secrets)],
        environment=_edge_variables(edge_secrets),
    )
    return HttpLambdaAuthorizer(
        "EdgeAuthoriser",
        function.live,
        identity_source=[_EDGE_HEADER],
        response_types=[HttpLambdaResponseType.SIMPLE],
        results_cache_ttl=Duration.hours(1),
    )


def _edge_variables(secrets: Sequence[str]) -> dict[str, str]:
    return {"EDGE_SECRET_ARNS": " ".join(secrets)} if secrets else {}


def _own(stack: FunctionStack, issuer: str, audience: Sequence[str]) -> dict[str, Any]:
    own = {"issuer": issuer, "audience": list(audience), "algorithms": ["RS256"], "keys": "jwks"}
    if stack.settings.issuer:
        return own
    # Cognito's access tokens have `client_id` instead of `aud`, and scopes prefixed by their resource server.
    return own | {"audienceClaim": "client_id", "scopePrefix": f"{RESOURCE_SERVER}/"}
