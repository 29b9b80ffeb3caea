"""EventBridge's own log of the bus: the errors of its deliveries, without the events.

A dead-letter queue keeps what could not be delivered, and this log says why each attempt failed. It is not
guaranteed to be complete ("Configuring logs for Amazon EventBridge event buses"), so no alarm depends on it.
"""

from aws_cdk import CfnOutput
from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs

from stacks.acceptances import Checker
from stacks.nag import accept
from stacks.stack import AWS_KEY, OrderStack, removal_policy

# Without details: they are the events themselves, and the requests to the targets.
ERRORS = events.LogConfig(level=events.Level.ERROR, include_detail=events.IncludeDetail.NONE)


def log_errors(stack: OrderStack, bus: events.EventBus) -> None:
    """Deliver the error log of the bus to a log group.

    CloudWatch Logs adds the group to its own resource policy when the delivery is created ("Logging that
    requires additional permissions [V2]"). The prefix of the name keeps that policy below its maximum length.
    The names of source and destination are required, and unique in an account and Region.
    """
    name = f"orders-{stack.settings.stage}-{stack.unique}"
    group = logs.LogGroup(
        stack,
        "BusErrors",
        log_group_name=f"/aws/vendedlogs/events/{name}",
        retention=stack.settings.log_retention,
        removal_policy=removal_policy(stack.settings),
    )
    accept(group, Checker.CHECKOV, "CKV_AWS_158", AWS_KEY)
    source = logs.CfnDeliverySource(
        stack, "BusErrorsSource", name=name, log_type="ERROR_LOGS", resource_arn=bus.event_bus_arn
    )
    destination = logs.CfnDeliveryDestination(
        stack, "BusErrorsDestination", name=name, destination_resource_arn=group.log_group_arn
    )
    logs.CfnDelivery(
        stack,
        "BusErrorsDelivery",
        delivery_source_name=source.ref,
        delivery_destination_arn=destination.attr_arn,
    )
    CfnOutput(stack, "EventBusLogGroupName", value=group.log_group_name)
