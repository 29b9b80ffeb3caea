"""Saved queries of CloudWatch Logs Insights that show the path of one order through a stage's logs.

They belong to the dashboards stack, whose references to the other stacks are weak, so that they do not block
the deletion of a log group. The local engine has no query definitions; there, `orders-ops show` prints the
same lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_logs as logs

from ordering.http.routes import ROUTES
from stacks.event_consumer import consumer_stacks
from stacks.function import construct_id
from stacks.stack import OrderStack

if TYPE_CHECKING:
    from stacks.stage import OrdersStage

# Kind of id → the placeholder that the user replaces by an id before running the query.
QUERIES: Mapping[str, str] = {"order id": "ORDER-ID", "correlation id": "CORRELATION-ID"}

# The maximum of lines that a query returns ("StartQuery", Amazon CloudWatch Logs API Reference).
_MOST_LINES = 10_000


def add_log_queries(stack: OrderStack, stage: OrdersStage) -> None:
    """Add a query for each kind of id to `stack`."""
    for kind, placeholder in QUERIES.items():
        logs.QueryDefinition(
            stack,
            f"OneOrderBy{kind.title().replace(' ', '')}",
            # The text before the slash is a folder in the console (AWS::Logs::QueryDefinition).
            query_definition_name=f"orders-{stack.settings.stage}/one order, by its {kind}",
            query_string=logs.QueryString(
                fields=[
                    "@timestamp",
                    "@log",
                    "level",
                    "message",
                    "outcome",
                    "status",
                    "execution",
                    "@message",
                ],
                # Searched in the whole line, because each log has the id in another member, and
                # publish_changes has it in lists.
                filter_statements=[f'@message like "{placeholder}"'],
                sort="@timestamp asc",
                limit=_MOST_LINES,
            ),
            log_groups=order_log_groups(stage),
        )


def order_log_groups(stage: OrdersStage) -> list[logs.LogGroup]:
    """Returns the log groups with lines of orders: of the api, events and saga stacks, and of all consumers'.

    Of the api stack, these are the access log and the logs of the routes of orders only, because a query
    reads at most fifty log groups ("StartQuery", Amazon CloudWatch Logs API Reference).
    """
    other_routes = {
        f"{construct_id(route.handler)}Logs" for route in ROUTES if not route.path.startswith("/orders")
    }
    stacks = {stage.api, stage.events, stage.saga, *consumer_stacks(stage)}
    return [
        construct
        for construct in stage.node.find_all()
        if isinstance(construct, logs.LogGroup)
        and Stack.of(construct) in stacks
        and construct.node.id not in other_routes
    ]
