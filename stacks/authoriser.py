"""The Lambda authoriser: a function of ours that judges tokens, where the settings ask for it."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk.aws_apigatewayv2_authorizers import HttpLambdaAuthorizer, HttpLambdaResponseType

from stacks.access import Access
from stacks.data import DataStack
from stacks.function import OrderFunction
from stacks.grants import allow
from stacks.settings import RESOURCE_SERVER, TrustedIssuer
from stacks.stack import FunctionStack


def lambda_authoriser(
    stack: FunctionStack, data: DataStack, issuer: str, audience: Sequence[str]
) -> HttpLambdaAuthorizer:
    """The authoriser, trusting the stage's own issuer and those that the settings add."""
    more = stack.settings.additional_issuers
    secrets = [each.secret_arn for each in more if each.secret_arn]
    function = OrderFunction(
        stack,
        "authoriser/authorise_request",
        data=data,
        # Whether the customer is blocked.
        access=Access(table=("GetItem",)),
        timeout=Duration.seconds(10),
        statements=[allow(["secretsmanager:GetSecretValue"], *secrets)] if secrets else [],
        environment={
            "ISSUERS": stack.to_json_string(
                [_own(stack, issuer, audience), *(_trusted(each) for each in more)]
            )
        },
        more_layers=[stack.authoriser_layer],
    )
    return HttpLambdaAuthorizer(
        "LambdaAuthoriser",
        function,
        # The route too: a yes is kept for as long as below, and must not be kept for another route.
        identity_source=["$request.header.Authorization", "$context.routeKey"],
        response_types=[HttpLambdaResponseType.SIMPLE],
        results_cache_ttl=Duration.seconds(60),
    )


def _own(stack: FunctionStack, issuer: str, audience: Sequence[str]) -> dict[str, Any]:
    own = {"issuer": issuer, "audience": list(audience), "algorithms": ["RS256"], "keys": "jwks"}
    if stack.settings.issuer:
        return own
    # Cognito's access tokens carry `client_id` in place of `aud`, and scopes behind their resource server.
    return own | {"audienceClaim": "client_id", "scopePrefix": f"{RESOURCE_SERVER}/"}


def _trusted(issuer: TrustedIssuer) -> dict[str, Any]:
    return {
        "issuer": issuer.url,
        "audience": list(issuer.audience),
        "algorithms": list(issuer.algorithms),
        "scopePrefix": issuer.scope_prefix,
        "keys": {"secretArn": issuer.secret_arn} if issuer.secret_arn else "jwks",
    }
