"""Saved queries of CloudWatch Logs Insights that show the path of one order through a stage's logs.

They belong to the stack of the dashboards, whose references to the other stacks are weak: they hold no log
group. The local engine has no query definitions; there, `ops show --log` prints the same lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_logs as logs

from ordering.http.routes import ROUTES
from stacks.function import construct_id
from stacks.stack import OrderStack

if TYPE_CHECKING:
    from stacks.stage import OrdersStage

# What is replaced by an id before a query is run.
QUERIES: Mapping[str, str] = {"order id": "ORDER-ID", "correlation id": "CORRELATION-ID"}

# What a query returns at most (StartQuery, Amazon CloudWatch Logs API Reference).
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
                # The text of the whole line: each log has the id in another member, publish_changes in lists.
                filter_statements=[f'@message like "{placeholder}"'],
                sort="@timestamp asc",
                limit=_MOST_LINES,
            ),
            log_groups=order_log_groups(stage),
        )


def order_log_groups(stage: OrdersStage) -> list[logs.LogGroup]:
    """Returns the log groups with lines of orders, in all stacks.

    Of the API, those are its access log and the logs of the routes of orders: a query reads fifty log groups
    at most (StartQuery, Amazon CloudWatch Logs API Reference).
    """
    other_routes = {
        f"{construct_id(route.handler)}Logs" for route in ROUTES if not route.path.startswith("/orders")
    }
    return [
        construct
        for construct in stage.node.find_all()
        if isinstance(construct, logs.LogGroup)
        and Stack.of(construct) in (stage.api, stage.events, stage.saga)
        and construct.node.id not in other_routes
    ]
