"""The business dashboard: orders, the time to their end, money, open orders, and mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from ordering.domain.measurements import IN_TIME_SECONDS, NO_REASON, OUTCOMES, Figure
from ordering.domain.metric_graphs import MetricUnit
from stacks.alarms import FIVE_MINUTES, MINUTE
from stacks.canary import failed_orders, order_time
from stacks.function import SERVICE, metrics_namespace
from stacks.measured import measured
from stacks.objectives import orders_in_time
from stacks.widgets import InConsole, Row, graph

if TYPE_CHECKING:
    from stacks.settings import Settings
    from stacks.stage import OrdersStage

_HOUR = Duration.hours(1)
# The ages by which open orders are counted: names, and bounds in seconds (exclusive, inclusive).
_AGES = (
    ("up to 1 hour", "TC(:3600)"),
    ("1 to 6 hours", "TC(3600:21600)"),
    ("6 to 24 hours", "TC(21600:86400)"),
    ("more than a day", "TC(86400:)"),
)


def business_rows(stage: OrdersStage) -> Iterator[Row]:
    """Yield the rows of the dashboard, from top to bottom."""
    settings = stage.settings
    yield _orders(settings)
    yield _times(settings)
    if settings.canary:
        yield _canary(settings)
    yield _money(settings)
    yield _open_orders(settings)
    if settings.mail:
        yield _mail(settings)


def _orders(settings: Settings) -> Row:
    placed = measured(settings, Figure.ORDERS_PLACED, period=FIVE_MINUTES, statistic="Sum", label="placed")
    ended = [
        measured(
            settings,
            Figure.ORDERS_ENDED,
            period=FIVE_MINUTES,
            statistic="Sum",
            dimensions={"outcome": outcome.value, "reason": reason},
            label=outcome.value if reason == NO_REASON else f"{outcome.value}: {reason}",
        )
        for outcome, reasons in OUTCOMES.items()
        for reason in reasons
    ]
    return Row(
        "Orders",
        "Counted when their events are published, each at least once: for trends, not for accounts.",
        [
            graph(
                "Orders placed",
                [placed],
                width=8,
                unit="orders in 5 minutes",
                in_console=InConsole("ordersPlaced", MetricUnit.COUNT),
            ),
            graph(
                "Orders ended, by outcome",
                ended,
                width=16,
                unit="orders in 5 minutes",
                stacked=True,
                in_console=InConsole("ordersEnded", MetricUnit.COUNT),
            ),
        ],
    )


def _times(settings: Settings) -> Row:
    percentiles = [
        measured(settings, Figure.TIME_TO_END, period=FIVE_MINUTES, statistic=name, label=name)
        for name in ("p50", "p90", "p99")
    ]
    objective = orders_in_time(settings)
    limit = 100 * (1 - objective.budget)
    return Row(
        "Time from placing an order to its end",
        f"The objective: {limit:g} % of orders end within {IN_TIME_SECONDS:.0f} s, whatever their outcome.",
        [
            graph(
                "Time to the end",
                percentiles,
                width=12,
                unit="seconds",
                limits=[(IN_TIME_SECONDS, "objective")],
                in_console=InConsole("timeToEnd", MetricUnit.SECONDS),
            ),
            graph(
                "Orders that ended in time",
                [objective.good_percent(_HOUR)],
                width=12,
                unit="percent, by hour",
                limits=[(limit, "objective")],
            ),
        ],
    )


def _canary(settings: Settings) -> Row:
    return Row(
        "Canary orders",
        "One every five minutes, through the API. No other figure on this page counts them.",
        [
            graph("Canary orders that failed", [failed_orders(settings)], width=12, unit="orders"),
            graph(
                "Time from placing a canary order to its end",
                [order_time(settings)],
                width=12,
                unit="milliseconds",
                limits=[(IN_TIME_SECONDS * 1000, "objective")],
            ),
        ],
    )


def _money(settings: Settings) -> Row:
    return Row(
        "Money",
        "In minor units (cents), by currency and hour. The books of the payment provider are the accounts.",
        [
            graph(
                title,
                [_by_currency(settings, figure)],
                width=12,
                unit="minor units, by hour",
                stacked=True,
                in_console=InConsole(name, MetricUnit.MONEY),
            )
            for title, figure, name in (
                ("Money captured", Figure.MONEY_CAPTURED, "moneyCaptured"),
                ("Money refunded", Figure.MONEY_REFUNDED, "moneyRefunded"),
            )
        ],
    )


def _by_currency(settings: Settings, figure: Figure) -> cloudwatch.MathExpression:
    """Returns a search with a line for each currency: they are known only after an amount was measured."""
    schema = ",".join([metrics_namespace(settings), *sorted([*figure.dimensions, "service"])])
    return cloudwatch.MathExpression(
        expression=f"SEARCH('{{{schema}}} MetricName=\"{figure.value}\" service=\"{SERVICE}\"', 'Sum', "
        f"{_HOUR.to_seconds():.0f})",
        # "Use dynamic labels" (Amazon CloudWatch User Guide): the currency of each metric that is found.
        label=f"${{PROP('Dim.{figure.dimensions[0]}')}}",
        using_metrics={},
        period=_HOUR,
    )


def _open_orders(settings: Settings) -> Row:
    ages = [
        measured(settings, "AgeOfOpenOrder", period=MINUTE, statistic=statistic, label=label)
        for label, statistic in _AGES
    ]
    waiting = [
        measured(settings, name, period=MINUTE, label=label)
        for name, label in (
            ("ParkedOrders", "parked"),
            ("OrdersWaiting", "a provider is unavailable"),
            ("PaymentsNotSettled", "payments not settled"),
        )
    ]
    oldest = [
        measured(settings, name, period=MINUTE, label=label)
        for name, label in (("OldestOpenOrder", "open order"), ("OldestRemoval", "customer to forget"))
    ]
    minutes = settings.stuck_after_seconds / 60
    return Row(
        "Open orders",
        f"Orders without progress for {minutes:g} minutes, up to a hundred, by the time since their placing.",
        [
            graph(
                "Open orders by age",
                ages,
                width=12,
                unit="orders",
                stacked=True,
                in_console=InConsole("openOrders", MetricUnit.COUNT),
            ),
            graph(
                "Orders that need attention",
                waiting,
                width=6,
                unit="orders",
                in_console=InConsole("ordersNeedingAttention", MetricUnit.COUNT),
            ),
            graph("Oldest", oldest, width=6, unit="seconds"),
        ],
    )


def _mail(settings: Settings) -> Row:
    counted = [
        measured(settings, name, period=FIVE_MINUTES, statistic="Sum", label=label)
        for name, label in (
            ("MailsSent", "sent"),
            ("MailAddressesRefused", "address refused"),
            ("MailsWithoutProfile", "customer without a profile"),
        )
    ]
    rates = [
        cloudwatch.Metric(
            namespace="AWS/SES",
            metric_name=f"Reputation.{rate}",
            period=FIVE_MINUTES,
            statistic="Average",
            label=label,
        )
        for rate, label in (("BounceRate", "bounces"), ("ComplaintRate", "complaints"))
    ]
    return Row(
        "Mail",
        "The rates are those of the whole account in this region.",
        [
            graph(
                "Mails",
                counted,
                width=12,
                unit="mails in 5 minutes",
                in_console=InConsole("mails", MetricUnit.COUNT),
            ),
            graph("Bounces and complaints", rates, width=12, unit="share"),
        ],
    )
