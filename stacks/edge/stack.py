"""The edge stack: the CloudFront distribution in front of the API, its firewall, its log and its alarms.

A stage without the setting `edge` has no such stack. It is deployed to us-east-1, whichever region the stage
is in, because CloudFront accepts certificates and web ACLs of that region only, and delivers its logs and its
metrics there. It reads what it needs of the api stack by weak references, so that the setting can be turned
off: then the stack stays deployed, because it is no longer part of the app (docs/deploying.md).
"""

from aws_cdk import CfnOutput
from constructs import Construct

from stacks.edge.access_log import deliver_access_log
from stacks.edge.alarms import watch_distribution
from stacks.edge.api_behaviours import ApiBehaviours
from stacks.edge.distribution import make_distribution
from stacks.settings import US_EAST_1, Edge, Settings
from stacks.stack import OrderStack


class EdgeStack(OrderStack):
    """CloudFront in front of the API."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings, edge: Edge, api: OrderStack) -> None:
        super().__init__(
            scope,
            id,
            settings=settings,
            description="Order backend: CloudFront in front of the API",
            # The engine has one region.
            region=None if settings.local else US_EAST_1,
        )
        self.add_stack_dependency(api)
        behind = ApiBehaviours(self, api=api)
        distribution = make_distribution(self, edge, default=behind.uncached, others=behind.by_pattern)
        if not settings.local:
            # The engine writes no logs of distributions, and records no metrics.
            deliver_access_log(self, distribution, "Edge")
            watch_distribution(
                self, distribution, "Edge", {"EdgeFunctionFails": (behind.function, "the catalogue")}
            )
        target = distribution.distribution_domain_name
        CfnOutput(self, "EdgeUrl", value=f"https://{(edge.aliases or (target,))[0]}")
        CfnOutput(self, "EdgeTarget", value=target)
        CfnOutput(self, "DistributionId", value=distribution.distribution_id)
