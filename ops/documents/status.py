"""The document of `status`: is everything well?"""

from __future__ import annotations

from typing import Literal

from ops.documents.base import Document, Part
from ops.documents.orders import QueueDepth


class OldestOrder(Part):
    """The open order whose status has not changed for the longest time."""

    order_id: str
    status: str
    updated_at: str


class OrderFigures(Part):
    """Open and parked orders, each counted up to a bound: `or_more` if there are more."""

    open: int
    open_or_more: bool
    oldest: OldestOrder | None
    parked: int
    parked_or_more: bool
    unreadable: list[str]


class DeadLetterCount(Part):
    """How many messages a dead-letter queue, or the bucket, holds; `or_more` if there are more."""

    name: str
    letters: int
    or_more: bool


class RaisedAlarm(Part):
    """An alarm that is raised: `alarm` is its name at CloudWatch, `runbook` a path of this repository."""

    name: str
    alarm: str
    since: str | None
    reason: str
    runbook: str | None


class AlarmFigures(Part):
    """The stage's alarms. The actions of `muted` ones are disabled; CloudWatch has no `missing` one.

    `raised` leaves out parts of composite alarms, which notify no one by themselves.
    """

    ok: int
    insufficient_data: int
    raised: list[RaisedAlarm]
    muted: list[str]
    missing: list[str]


class StackState(Part):
    """A stack, and when it was last created or updated."""

    name: str
    status: str
    at: str


class Finding(Part):
    """Something that needs a person, and what to do."""

    part: str
    what: str
    do: str


class StatusDocument(Document):
    """Whether everything is well: exit status 0, 1 for `attention`, 2 for `unknown`.

    A part that could not be read is null, or missing in its list, and is named in `failures`. `unavailable`
    names the providers (or the platform) that orders wait for.
    """

    command = "status"
    verdict: Literal["well", "attention", "unknown"]
    findings: list[Finding]
    orders: OrderFigures | None
    unavailable: list[str] | None
    queues: list[QueueDepth]
    dead_letters: list[DeadLetterCount]
    alarms: AlarmFigures | None
    stacks: list[StackState] | None
    deployed_at: str | None
