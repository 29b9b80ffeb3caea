"""What each command prints with `--json`: one document, always with all its fields.

A class here is the document of the command that it names. docs/operations-json.md has an example of each. A
test reads every example, and every document that a command prints, by these classes.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from ordering.http.shapes import AnyOrderView


class Part(Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A part of a document. Times are RFC 3339 in UTC; what is unknown is null."""


class FailedPart(Part):
    """What could not be read or done, and why."""

    part: str
    why: str
    remedy: str


class Document(Part):
    """What a command prints. `failures` lists the parts that could not be read or done: exit status 3."""

    command: ClassVar[str]
    stage: str
    failures: list[FailedPart]


# -- single orders -----------------------------------------------------------------------------------------


class QueueDepth(Part):
    """How many messages of a queue can be received, and how many are being handled or delayed."""

    name: str
    visible: int
    in_flight: int
    delayed: int


class OpenOrder(Part):
    """An order that has not ended. `attempts` counts how often the sweep has driven it."""

    order_id: str
    status: str
    created_at: str
    updated_at: str
    attempts: int


class OpenDocument(Document):
    """`more`: there may be more orders than `--limit`."""

    command = "open"
    orders: list[OpenOrder]
    more: bool
    queue: QueueDepth


class ParkedOrder(Part):
    """An order that is not driven any more, and why."""

    order_id: str
    status: str
    created_at: str
    why: str


class ParkedDocument(Document):
    """`more`: there may be more orders than `--limit`."""

    command = "parked"
    orders: list[ParkedOrder]
    more: bool


class UnparkDocument(Document):
    """The order was returned to the sweep."""

    command = "unpark"
    order_id: str


class DriveDocument(Document):
    """The order was sent to the order queue; `unparked`: it was parked until then."""

    command = "drive"
    order_id: str
    unparked: bool


class AuditEntry(Part):
    """What an operator did to an order. `by` is the ARN of their identity."""

    action: str
    at: str
    by: str
    reason: str


class CancelDocument(Document):
    """`cancelled` is false, and `audit` null, if the order was cancelled before: nothing was done."""

    command = "cancel"
    order_id: str
    status: str
    cancelled: bool
    audit: AuditEntry | None


class RefundEntry(Part):
    """The refund of a fulfilled order. `amount` is in minor units of `currency`.

    `status` is REQUESTED until the payment provider has refunded the payment, and then REFUNDED.
    """

    status: str
    requested_at: str
    updated_at: str
    amount: int
    currency: str


class RefundDocument(Document):
    """The refund that was requested."""

    command = "refund"
    order_id: str
    refund: RefundEntry
    audit: AuditEntry


class FoundOrder(Part):
    """An order of a list. `total` is in minor units of `currency`."""

    order_id: str
    customer_id: str
    status: str
    created_at: str
    updated_at: str
    total: int
    currency: str


class ReadCost(Part):
    """What the read of the whole table cost: pages of one megabyte, items, read request units."""

    pages: int
    items: int
    units: float


class VerifyFinding(Part):
    """What is wrong, at an item or the table. `guarantee` is null if the item cannot be judged."""

    guarantee: int | None
    item: str
    what: str


class VerifyDocument(Document):
    """Whether a table keeps the guarantees: exit status 0, 1 for `broken`, 2 for `unknown`.

    `more`: there may be more findings. `unjudged`: products that changed while the table was read. `orders`,
    `products` and `read` are null if the table could not be read.
    """

    command = "verify"
    table: str
    verdict: Literal["sound", "broken", "unknown"]
    findings: list[VerifyFinding]
    more: bool
    orders: int | None
    products: int | None
    unjudged: list[str]
    read: ReadCost | None


class FindDocument(Document):
    """`next` is the `--cursor` that continues; `read` is null if an index was read instead of the table.

    `customers` is null unless an e-mail address was searched.
    """

    command = "find"
    customers: list[str] | None
    orders: list[FoundOrder]
    unreadable: list[str]
    next: str | None
    read: ReadCost | None


# -- one order with everything about it --------------------------------------------------------------------


class HeldLine(Part):
    """Units of one product."""

    sku: str
    quantity: int


class ReservationEntry(Part):
    """The stock of an order."""

    status: str
    updated_at: str
    lines: list[HeldLine]


class PaymentEntry(Part):
    """A payment attempt. `amount` is in minor units of `currency`; `payment_id` is the provider's."""

    attempt: int
    status: str
    updated_at: str
    amount: int
    currency: str
    payment_id: str
    reason: str | None


class EventEntry(Part):
    """An event: when it happened, if the table knows; when it was published, if a log has it."""

    id: str
    at: str | None
    published: str | None


class MailEntry(Part):
    """What was done about notifying the customer of an event."""

    event_id: str
    at: str
    description: str


class LogEntry(Part):
    """A line of a log."""

    at: str
    source: str
    text: str


class LetterEntry(Part):
    """A dead letter. `receives` is null in a bucket; `beginning` only of one that cannot be decoded."""

    queue: str
    id: str
    about: str
    cause: str
    sent_at: str
    receives: int | None
    order_id: str | None
    beginning: str | None


class ShowDocument(Document):
    """`order` is what `GET /admin/orders/{orderId}` returns.

    `mails`, `log` and `audit` are null if they were not, or could not be, read; `address` unless asked for.
    `refund` is null if none was requested. `correlation_id` and `trace_id` are null if the order has none: it
    was placed by an earlier release.
    """

    command = "show"
    order: AnyOrderView
    correlation_id: str | None
    trace_id: str | None
    reservation: ReservationEntry | None
    payments: list[PaymentEntry]
    refund: RefundEntry | None
    events: list[EventEntry]
    mails: list[MailEntry] | None
    log: list[LogEntry] | None
    letters: list[LetterEntry]
    audit: list[AuditEntry] | None
    address: list[str] | None


# -- logs, replays -----------------------------------------------------------------------------------------


class LogDocument(Document):
    """The latest lines, oldest first."""

    command = "log"
    lines: list[LogEntry]


class ReplayPart(Part):
    """A replay of a part of the period, and the state in which it has ended."""

    replay: str
    since: str
    until: str
    state: str


class ReplayDocument(Document):
    """What was replayed. `may_miss_latest`: its last events may not be in the archive yet.

    `archived_events` is how many events the archive contains, and `expected_events` estimates how many of
    them are of the period.
    """

    command = "replay"
    rule: str
    since: str
    until: str
    may_miss_latest: bool
    archived_events: int
    expected_events: int
    replays: list[ReplayPart]


# -- dead letters ------------------------------------------------------------------------------------------


class LetterQueue(Part):
    """A dead-letter queue that was read, and how many letters of those asked for it holds."""

    name: str
    holds: str
    letters: int


class DlqDocument(Document):
    """What the dead-letter queues hold, the oldest of each queue first."""

    command = "dlq"
    queues: list[LetterQueue]
    letters: list[LetterEntry]


class HandledLetter(LetterEntry):
    """A letter and its result.

    - `done`: `note` is what was done; the letter is removed.
    - `left`: it stays in its queue; `note` is the reason.
    - `gone`: another reader has removed it, or is reading it.
    - `planned`: nothing was done yet (`--dry-run`, or its queue failed); `note` is what would be done.
    """

    result: Literal["done", "left", "gone", "planned"]
    note: str


class RedriveDocument(Document):
    """What became of each letter."""

    command = "redrive"
    letters: list[HandledLetter]


class DiscardDocument(Document):
    """What became of each letter."""

    command = "discard"
    letters: list[HandledLetter]


# -- is everything well? -----------------------------------------------------------------------------------


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
