"""The canary: the function that places an order every five minutes, its schedule, and its alarm.

They are in the api stack, whose API they call, so that turning the canary off deletes them in that stack's
next deployment. A stack of their own would stay deployed when it is no longer part of the app.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_scheduler as scheduler

from stacks.access import PLACE_CANARY_ORDER
from stacks.alarms import FIVE_MINUTES, Alarms
from stacks.function import OrderFunction
from stacks.grants import allow
from stacks.measured import measured
from stacks.nag import suppress_nag
from stacks.schedule import invoke_on_schedule

if TYPE_CHECKING:
    from stacks.data import DataStack
    from stacks.settings import Canary, Settings
    from stacks.stack import FunctionStack

# The alarm's periods begin at full multiples of five minutes. Each run is scheduled a minute later, starts
# within a minute ("Schedule types", EventBridge Scheduler), waits for a minute at most, and ends within its
# time-out. So it writes its metrics within its period, and each period has exactly one.
_MINUTES, _OFFSET = 5, 1
_TIMEOUT = Duration.minutes(2)


@dataclass(frozen=True, slots=True)
class TokenSource:
    """Where the canary gets its tokens, and with which client."""

    url: str
    client_id: str
    secret_arn: str
    parameters: Mapping[str, str]


def external_tokens(canary: Canary) -> TokenSource | None:
    """Returns the token source of a client at an external issuer; None if the settings name none."""
    if canary.client is None:
        return None
    return TokenSource(
        url=canary.client.token_url,
        client_id=canary.client.client_id,
        secret_arn=canary.client.secret_arn,
        parameters=canary.client.parameters,
    )


def place_canary_orders(
    stack: FunctionStack, *, data: DataStack, api_url: str, tokens: TokenSource
) -> OrderFunction:
    """Add the function and its schedule to the api stack. Returns the function."""
    handler = OrderFunction(
        stack,
        "scheduled/place_canary_order",
        data=data,
        access=PLACE_CANARY_ORDER,
        timeout=_TIMEOUT,
        statements=[allow(["secretsmanager:GetSecretValue"], tokens.secret_arn)],
        environment={
            "API_URL": api_url,
            "TOKEN_URL": tokens.url,
            "CLIENT_ID": tokens.client_id,
            "CLIENT_SECRET_ARN": tokens.secret_arn,
            "TOKEN_PARAMETERS": stack.to_json_string(dict(tokens.parameters)),
        },
    )
    # A run that failed is not repeated: the next one comes soon, and a missing metric counts as a failure.
    handler.live.configure_async_invoke(retry_attempts=0, max_event_age=Duration.minutes(1))
    suppress_nag(
        handler.live.node.find_child("EventInvokeConfig"),
        "Serverless-LambdaAsyncFailureDestination",
        "A run that failed leaves no metric, which the alarm CanaryOrdersFail counts as a failure.",
    )
    invoke_on_schedule(
        stack,
        "Canary",
        handler,
        scheduler.ScheduleExpression.expression(f"cron({_OFFSET}/{_MINUTES} * * * ? *)"),
        description="Places an order that shows that orders reach their end",
        input=scheduler.ScheduleTargetInput.from_object(
            {"scheduledAt": scheduler.ContextAttribute.scheduled_time}
        ),
        retry_attempts=0,
        max_event_age=Duration.minutes(1),
    )
    return handler


def failed_orders(settings: Settings) -> cloudwatch.Metric:
    """Returns how many canary orders have failed: 0 or 1 in each period."""
    # Without a label: an alarm would take it for an expression.
    return measured(settings, "CanaryOrdersFailed", period=FIVE_MINUTES)


def order_time(settings: Settings) -> cloudwatch.Metric:
    """Returns the time from placing a canary order to its end, in milliseconds."""
    return measured(settings, "CanaryOrderTime", period=FIVE_MINUTES, label="from placed to ended")


def watch_canary(stack: FunctionStack, alarms: Alarms) -> None:
    """Add the alarm on canary orders that fail, or that are not placed at all."""
    alarms.add(
        stack,
        "CanaryOrdersFail",
        failed_orders(stack.settings),
        above=0,
        periods=2,
        missing=cloudwatch.TreatMissingData.BREACHING,
        description="Two canary orders in a row were not placed, or did not end as they should within a "
        "minute.",
    )
