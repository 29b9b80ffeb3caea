"""Checks of the settings of what happens to events outside the app."""

import re
from collections.abc import Iterator

from ordering.domain.money import CURRENCIES
from stacks.settings import HighValueOrders, PublicEvents, Settings, Warehouse

_ADDRESS = r"[^@\s/:]+@[^@\s/:]+\.[^@\s/:.]+"
# "IAM identifiers": a path and a name.
_PRINCIPAL = r"arn:aws[a-z-]*:iam::\d{12}:(role|user)/[\w+=,.@/-]+"
# "Amazon SQS policy quotas": ten conditions, one of which requires TLS. The page does not say whether each
# value of a condition counts. So few of the longest ARNs also fit into its 8,192 bytes.
MAX_PRINCIPALS = 9
# A queue keeps a message for fourteen days. An alarm after thirteen leaves a day.
_LATE_AFTER_HOURS = range(1, 13 * 24 + 1)
# "Comparison operators for use in event patterns in Amazon EventBridge", numeric: numbers up to this one are
# compared.
MAX_PATTERN_NUMBER = 5_000_000_000


def event_problems(settings: Settings) -> Iterator[str]:
    """Yields one line for each of these settings that is invalid."""
    if settings.high_value_orders:
        yield from _check_high_value(settings.high_value_orders)
    if settings.public_events:
        yield from _check_public(settings.public_events)
    if settings.warehouse:
        yield from _check_warehouse(settings.warehouse)


def _check_warehouse(warehouse: Warehouse) -> Iterator[str]:
    if not warehouse.principals:
        yield "- warehouse: principals names no one who may poll the queue; set an ARN, or warehouse=None"
    for arn in warehouse.principals:
        if not re.fullmatch(_PRINCIPAL, arn):
            yield (
                f"- warehouse: principals: {arn!r} is not the ARN of an IAM role or user: write "
                "arn:aws:iam::111122223333:role/warehouse, for example"
            )
    if len(set(warehouse.principals)) < len(warehouse.principals):
        yield "- warehouse: principals: one of them is named twice"
    if len(warehouse.principals) > MAX_PRINCIPALS:
        yield (
            f"- warehouse: principals names {len(warehouse.principals)} roles or users; the policy of a "
            f"queue may have {MAX_PRINCIPALS}: let several pollers share a role"
        )
    if warehouse.late_after_hours not in _LATE_AFTER_HOURS:
        yield (
            f"- warehouse: late_after_hours {warehouse.late_after_hours} is not a number from "
            f"{_LATE_AFTER_HOURS.start} to {_LATE_AFTER_HOURS.stop - 1}"
        )


def _check_high_value(orders: HighValueOrders) -> Iterator[str]:
    if not orders.amounts:
        yield (
            '- high_value_orders: amounts names no currency; set {"EUR": 100_000}, for example, or '
            "high_value_orders=None"
        )
    for currency, amount in orders.amounts.items():
        if currency not in CURRENCIES:
            yield f"- high_value_orders: amounts: {currency!r} is not a currency code of ISO 4217"
        if not 1 <= amount <= MAX_PATTERN_NUMBER:
            yield (
                f"- high_value_orders: amounts {currency!r}: {amount} is not a number of minor units from 1 "
                f"to {MAX_PATTERN_NUMBER}, the range that EventBridge compares"
            )
    for receiver in orders.receivers:
        if not re.fullmatch(_ADDRESS, receiver):
            yield f"- high_value_orders: receivers: {receiver!r} is not an e-mail address"
    if len(set(orders.receivers)) < len(orders.receivers):
        yield "- high_value_orders: receivers: one of them is named twice"


def _check_public(events: PublicEvents) -> Iterator[str]:
    for account in events.accounts:
        if not re.fullmatch(r"\d{12}", account):
            yield (
                f"- public_events: accounts: {account!r} is not an account number: write its twelve digits "
                "in quotes"
            )
    if len(set(events.accounts)) < len(events.accounts):
        yield "- public_events: accounts: one of them is named twice"
    # "Organization", AWS Organizations API Reference.
    if events.organisation is not None and not re.fullmatch(r"o-[a-z0-9]{10,32}", events.organisation):
        yield (
            f"- public_events: organisation: {events.organisation!r} is not the id of an organisation: write "
            "o-a1b2c3d4e5, for example"
        )
