"""Violations of rules that are accepted for this release, each with its reason.

Only changes for consumers outside this project can be accepted, after CHANGELOG.md has announced them. The
guarantees must hold in any case when both releases serve the same orders. The list is emptied when a release
becomes the previous one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tests.simulation.releases.rules import Finding, Rule


class Accepted(NamedTuple):
    """Findings that are accepted: those of a rule whose text matches as a whole."""

    rule: Rule
    pattern: str
    why: str

    def covers(self, finding: Finding) -> bool:
        """Whether a finding is one of these."""
        return finding.rule is self.rule and re.fullmatch(self.pattern, finding.text) is not None


# The events that `notify_customer` of the previous release reads keep these fields for one release.
_READ_BY_PREVIOUS = "Order(?:Confirmed|Fulfilled|Rejected|Cancelled)"
_BOOKKEEPING = (
    "OrderRejecting|OrderCancelling|PaymentPrepared|PaymentCaptureRefused|PaymentVoided|ShipmentIntended|"
    "ShipmentRefused|ShipmentCancelled|StockCommitted|StockChanged"
)

ACCEPTED: tuple[Accepted, ...] = (
    Accepted(
        Rule.EVENT_2,
        rf"event (?!{_READ_BY_PREVIOUS} )\w+ lacks (?:eventId|at|version|old|new|changed)",
        "The envelope has the names of CloudEvents: id, time, sequence. An id contains no storage key.",
    ),
    Accepted(
        Rule.EVENT_2,
        r"event \w+ lacks (?:old|new)\.\w+",
        "An event contains facts, each described by its schema, and not the item that is stored.",
    ),
    Accepted(
        Rule.EVENT_3,
        rf"event {_READ_BY_PREVIOUS}: (?:old|new) \(object\) becomes null",
        "The same. The previous release requires the fields and does not read their content.",
    ),
    Accepted(
        Rule.EVENT_2,
        r"event (?:(?:Order|Payment|Stock|Shipment)\w+ lacks sku"
        r"|Product\w+ lacks (?:orderId|correlationId|traceparent))",
        "A field without a value is absent; it was null.",
    ),
    Accepted(
        Rule.EVENT_2,
        rf"(?:{_BOOKKEEPING}) is not published any more",
        "Bookkeeping that no consumer needs: see docs/events.md.",
    ),
)
