"""The Lambda authoriser: a function that checks tokens, in stages with the setting `lambda_authoriser`."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk.aws_apigatewayv2_authorizers import HttpLambdaAuthorizer, HttpLambdaResponseType

from stacks.access import Access, customers
from stacks.data import DataStack
from stacks.function import OrderFunction
from stacks.grants import allow
from stacks.settings import RESOURCE_SERVER
from stacks.stack import FunctionStack


def lambda_authoriser(
    stack: FunctionStack, data: DataStack, issuer: str, audience: Sequence[str]
) -> HttpLambdaAuthorizer:
    """Returns the authoriser. It trusts the stage's own issuer and its `additional_issuers`."""
    more = stack.settings.additional_issuers
    secrets = [each.secret_arn for each in more if each.secret_arn]
    function = OrderFunction(
        stack,
        "authoriser/authorise_request",
        data=data,
        # To read whether the customer is blocked.
        access=Access(table=(customers("GetItem"),)),
        timeout=Duration.seconds(10),
        statements=[allow(["secretsmanager:GetSecretValue"], *secrets)] if secrets else [],
        environment={
            "ISSUERS": stack.to_json_string(
                [_own(stack, issuer, audience), *(each.configuration() for each in more)]
            )
        },
        more_layers=[stack.authoriser_layer],
    )
    return HttpLambdaAuthorizer(
        "LambdaAuthoriser",
        function.live,
        # The route is part of the cache key, so that a cached result is not used for another route.
        identity_source=["$request.header.Authorization", "$context.routeKey"],
        response_types=[HttpLambdaResponseType.SIMPLE],
        results_cache_ttl=Duration.seconds(60),
    )


def _own(stack: FunctionStack, issuer: str, audience: Sequence[str]) -> dict[str, Any]:
    own = {"issuer": issuer, "audience": list(audience), "algorithms": ["RS256"], "keys": "jwks"}
    if stack.settings.issuer:
        return own
    # Cognito's access tokens have `client_id` instead of `aud`, and scopes prefixed by their resource server.
    return own | {"audienceClaim": "client_id", "scopePrefix": f"{RESOURCE_SERVER}/"}
