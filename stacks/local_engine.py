"""Removes the resources that the local engine does not support from the local stage."""

from typing import cast

import jsii
from aws_cdk import CfnResource, IAspect
from aws_cdk.aws_cloudwatch import CfnAlarm
from constructs import Construct, IConstruct

# One unsupported resource would fail the whole deployment. No other resource may refer to one of these types.
UNKNOWN_TYPES = frozenset(
    {
        # The engine sends the response of a function without it.
        "AWS::ApiGatewayV2::RouteResponse",
        "AWS::Budgets::Budget",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::Events::Archive",
        "AWS::EventSchemas::Registry",
        "AWS::EventSchemas::Schema",
        "AWS::Logs::Delivery",
        "AWS::Logs::DeliveryDestination",
        "AWS::Logs::DeliverySource",
        "AWS::SecretsManager::RotationSchedule",
        "AWS::StepFunctions::StateMachineAlias",
        "AWS::StepFunctions::StateMachineVersion",
    }
)


@jsii.implements(IAspect)
class LeaveOutUnknown:
    """An aspect that removes every resource that the engine does not support."""

    def visit(self, node: IConstruct) -> None:
        """Remove the construct if the engine does not support it; CDK calls this for each construct."""
        if isinstance(node, CfnResource) and _unknown(node):
            cast(Construct, node.node.scope).node.try_remove_child(node.node.id)


def _unknown(resource: CfnResource) -> bool:
    """Whether the engine does not support a resource: its type, or an alarm on a metric math expression."""
    if isinstance(resource, CfnAlarm):
        return resource.metrics is not None
    return resource.cfn_resource_type in UNKNOWN_TYPES
