"""Integrations of an API's routes with functions."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_lambda as lambda_


def permit_first(
    routes: Sequence[apigateway.HttpRoute | apigateway.WebSocketRoute], integration: str
) -> None:
    """Let the integration with a function be created or changed only after the permission to call it.

    A changed alias or function needs a new permission. If the integration were changed first, the API would
    return 500 until the permission exists.
    """
    target = cast(apigateway.CfnIntegration, routes[0].node.find_child(integration).node.default_child)
    for route in routes:
        target.add_resource_dependency(
            cast(lambda_.CfnPermission, route.node.find_child(f"{integration}-Permission"))
        )
