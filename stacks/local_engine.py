"""What the local engine cannot make, left out of the local stage alone."""

from typing import cast

import jsii
from aws_cdk import CfnResource, IAspect
from aws_cdk.aws_cloudwatch import CfnAlarm
from constructs import Construct, IConstruct

# One resource it cannot make fails the whole deployment there. Nothing may refer to one of these.
UNKNOWN_TYPES = frozenset({"AWS::Events::Archive", "AWS::SecretsManager::RotationSchedule"})


@jsii.implements(IAspect)
class LeaveOutUnknown:
    """An aspect that removes every resource the engine cannot make."""

    def visit(self, node: IConstruct) -> None:
        """Called by CDK for each construct below the one the aspect is added to."""
        if isinstance(node, CfnResource) and _unknown(node):
            cast(Construct, node.node.scope).node.try_remove_child(node.node.id)


def _unknown(resource: CfnResource) -> bool:
    """Whether the engine refuses it: a type it does not know, or an alarm on arithmetic of metrics."""
    if isinstance(resource, CfnAlarm):
        return resource.metrics is not None
    return resource.cfn_resource_type in UNKNOWN_TYPES
