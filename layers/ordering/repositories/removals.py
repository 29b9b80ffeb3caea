"""Removals: the deletion of the data of customers who have asked to be forgotten.

The profile, the webhook endpoints and the addresses of the customer's closed orders are deleted. The address
of an open order gets a time to live, since the order is still to be delivered. A customer may have tens of
thousands of orders, so their list is scanned page by page, and an item records the progress of the scan. The
scan is continued by the request that asked for it, for a second, by a retry of that request, and by
`process_customer_data`, for which the sweep sends a message (`ordering.repositories.customer_jobs`). Only
that function completes a removal, because it also deletes the files of exports.

The list is an index, which may show an order late. So the scan that begins when the customer asks is followed
by another one, a few minutes later, of the last day's orders.

| if it dies                                    | then                                                     |
|-----------------------------------------------|----------------------------------------------------------|
| before the profile is deleted                 | nothing has changed                                      |
| after the profile is deleted (one transaction | a message of the sweep, or a retry, continues the scan   |
| deletes it and writes the item)               |                                                          |
| between two addresses of a page               | the page is scanned again; deleting twice does no harm   |
| before the progress is recorded               | the same                                                 |
| when a scan is done, before that is recorded  | its last page is scanned again                           |
| when the last scan is done                    | the item is deleted, and nothing is left to do           |

Two messages and a request may be processed at the same time. Each records a position up to which all pages
are done, so each recorded position is correct. At worst, some pages are scanned twice.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec

from ordering import guards
from ordering.domain.base import Record
from ordering.domain.clock import later, milliseconds, now
from ordering.domain.order import CustomerId, Status
from ordering.dynamodb.client import ConditionFailed, Table, TransactionCancelled
from ordering.dynamodb.transaction import ABSENT, WriteAction, delete, remove, update
from ordering.guards import Guard
from ordering.repositories import keys
from ordering.repositories.customer_orders import CustomerOrders, OrderCursor, OrderFilter
from ordering.repositories.items import SCHEMA_VERSION, record_in_list, record_of
from ordering.repositories.keys import customer_keys, endpoint_keys, order_keys

PAGE = 100
_TERMINAL = [status.value for status in Status if status.is_terminal]
_TRIES = 5

# Ninety days: an order that is open for longer waits for an operator, who may still have to ship it.
_OPEN_ADDRESS_SECONDS = 90 * 24 * 3600

# An order placed before the request may have a later time, since the clocks of two functions differ.
_MAX_CLOCK_SKEW = timedelta(seconds=10)
# Longer than the function that places an order can run, and than the index takes to show the order.
LAG = timedelta(minutes=5)
# Orders that the index did not show when a scan began were placed within this time before.
_SCANNED_AGAIN = timedelta(days=1)
# The sweep sends no message for a removal whose progress was recorded more recently than this.
_IN_PROGRESS = timedelta(minutes=1)


class Removal(Record, frozen=True):
    """The progress of the removal of a customer.

    The current scan covers the orders created between `since` (empty: from the first order) and `until`. It
    began, or will begin, at `begun_at`, and continues after `position` (None: at its newest order).
    `asked_at` is the time of the customer's last request.
    """

    customer_id: CustomerId
    since: str
    until: str
    begun_at: str
    asked_at: str
    position: OrderCursor | None = None

    @property
    def waits(self) -> bool:
        """Whether there is nothing to do now: the current scan has not begun yet."""
        return self.begun_at > now()

    @property
    def is_last(self) -> bool:
        """Whether no scan follows this one."""
        return self.next_scan is None

    @property
    def next_scan(self) -> "Removal | None":
        """The scan after this one; None if this is the last."""
        until = later(self.asked_at, _MAX_CLOCK_SKEW)
        asked_again = self.until != until
        begins_at = now() if asked_again else later(self.asked_at, LAG)
        if not asked_again and not guards.applies(Guard.FORGET_LOOK_AGAIN, self.begun_at < begins_at):
            return None
        since = later(self.until, -_SCANNED_AGAIN)
        return Removal(
            customer_id=self.customer_id, since=since, until=until, begun_at=begins_at, asked_at=self.asked_at
        )


class Removals:
    """The removals of one table's customers."""

    def __init__(self, table: Table, *, delete_files: Callable[[CustomerId], None] | None = None) -> None:
        """`delete_files` deletes the files of a customer's exports.

        Without it, a removal can be asked for and continued, but not completed.
        """
        self._table = table
        self._orders = CustomerOrders(table)
        self._delete_files = delete_files

    def ask(self, customer_id: CustomerId) -> Removal:
        """Delete the customer's profile, and record in the same transaction that the addresses must follow.

        A repeated request does not restart a scan. Raises TransactionCancelled if other transactions keep
        conflicting.
        """
        key = customer_keys.removal(customer_id)
        for tries_left in reversed(range(_TRIES)):
            item = self._table.get(key)
            found = record_in_list(item, Removal) if item else None
            if item and found is None:
                # The progress is unreadable: scan all orders again.
                self._table.delete(key)
            asked = _after_request(found, customer_id)
            seen = found.begun_at if found else None
            # An export that is being written ends when it finds that its item no longer exists.
            export = guards.value(Guard.FORGET_EXPORT, {"export": remove(customer_keys.export(customer_id))})
            gone = {"profile": remove(customer_keys.profile(customer_id)), **export}
            noted = guards.value(Guard.FORGET_NOTED, {"removal": _write_action(asked, seen)})
            try:
                self._table.transact({**gone, **noted})
            except TransactionCancelled as cancelled:
                # Another request, or `process_customer_data`, has recorded progress: read it and try again. A
                # conflict was retried already.
                if not tries_left or cancelled.is_conflict:
                    raise
            else:
                break
        return asked

    def resume(self, removal: Removal, there_is_time: Callable[[], bool]) -> bool:
        """Continue a removal while there is time. Returns whether nothing is left to do now."""
        current: Removal | None = removal
        while current and not current.waits:
            if not there_is_time() or (current.is_last and self._delete_files is None):
                return False
            current = self._scan_page(current)
        return True

    def find(self, customer_id: CustomerId) -> Removal | None:
        """Return the removal of a customer; None if none is in progress."""
        item = self._table.get(customer_keys.removal(customer_id))
        return record_of(item, Removal) if item else None

    def _scan_page(self, removal: Removal) -> Removal | None:
        """Scan one page. Returns the removal after it; None if it is done."""
        if removal.position is None:
            # At the beginning of each scan, so that an endpoint that was created meanwhile is found too.
            self._remove_endpoints(removal.customer_id)
            if self._delete_files is not None:
                guards.perform(Guard.FORGET_FILES, self._delete_files, removal.customer_id)
        wanted = OrderFilter(created_after=removal.since or None, created_before=removal.until)
        orders, position = self._orders.entries(removal.customer_id, wanted, PAGE, removal.position)
        # An order with an unknown status counts as open.
        ended = [order_keys.order_of(each) for each in orders if each.get("status") in _TERMINAL]
        self._table.delete_many([order_keys.address(order_id) for order_id in ended])
        for each in orders:
            if each.get("status") not in _TERMINAL:
                self._set_expiry(order_keys.address(order_keys.order_of(each)))
        if position is not None:
            return self._record_progress(removal, msgspec.structs.replace(removal, position=position))
        following = removal.next_scan
        return self._record_progress(removal, following) if following else self._finish(removal)

    def _remove_endpoints(self, customer_id: CustomerId) -> None:
        """Delete the customer's webhook endpoints, and so their secrets. What waits for them is discarded."""
        partition = endpoint_keys.webhooks_partition(customer_id)
        found = self._table.query("PK = :partition", {":partition": partition})
        self._table.delete_many([{"PK": item["PK"], "SK": item["SK"]} for item in found])

    def _set_expiry(self, address: keys.Key) -> None:
        # A repeated request does not postpone the expiry, and a deleted address is not created again.
        with suppress(ConditionFailed):
            self._table.update(
                address,
                "SET expiresAt = if_not_exists(expiresAt, :expires)",
                values={":expires": milliseconds() // 1000 + _OPEN_ADDRESS_SECONDS},
                condition="attribute_exists(PK)",
            )

    def _record_progress(self, done: Removal, following: Removal) -> Removal | None:
        """Record the progress, unless the stored removal has changed. Returns the stored removal."""
        return self._transact(
            {"removal": _write_action(following, done.begun_at, asked_at=done.asked_at)}, following
        )

    def _finish(self, done: Removal) -> Removal | None:
        unchanged = "begunAt = :begun AND askedAt = :asked"
        values = {":begun": done.begun_at, ":asked": done.asked_at}
        key = customer_keys.removal(done.customer_id)
        return self._transact({"removal": delete(key, condition=unchanged, values=values)}, None)

    def _transact(self, action: dict[str, WriteAction], to: Removal | None) -> Removal | None:
        try:
            self._table.transact(action)
        except TransactionCancelled as cancelled:
            if not cancelled.failed("removal"):
                raise
            found = cancelled.failures["removal"]
            return record_of(found, Removal) if found else None
        return to


def _after_request(stored: Removal | None, customer_id: CustomerId) -> Removal:
    """Return the removal that a request of the customer must store."""
    at = now()
    until = later(at, _MAX_CLOCK_SKEW)
    if stored is None:
        return Removal(customer_id=customer_id, since="", until=until, begun_at=at, asked_at=at)
    if stored.waits:
        # All orders up to now were scanned: only the newest ones have to be scanned again.
        return msgspec.structs.replace(stored, until=until, begun_at=at, asked_at=at)
    return msgspec.structs.replace(stored, asked_at=at)


def _write_action(removal: Removal, seen: str | None, *, asked_at: str | None = None) -> WriteAction:
    """Return the action that writes a removal.

    It fails if the stored scan is not the one that began at `seen` (None: if any is stored), or if the
    customer has asked again since `asked_at`.
    """
    due = max(removal.begun_at, later(now(), _IN_PROGRESS))
    facts: dict[str, Any] = {
        "schemaVersion": SCHEMA_VERSION,
        "customerId": removal.customer_id,
        "since": removal.since,
        "until": removal.until,
        "begunAt": removal.begun_at,
        "askedAt": removal.asked_at,
        **customer_keys.job_due(removal.customer_id, due),
    }
    if removal.position:
        facts["position"] = msgspec.to_builtins(removal.position)
    condition = ABSENT if seen is None else "#begunAt = :seen"
    values: dict[str, Any] = {":one": 1, **({":seen": seen} if seen else {})}
    if asked_at:
        condition += " AND #askedAt = :unless"
        values[":unless"] = asked_at
    sets = ", ".join(f"#{name} = :{name}" for name in facts)
    # At the beginning of a scan there is no message of the removal (`repositories.customer_jobs`).
    gone = () if removal.position else ("position", "queuedUntil")
    removes = f" REMOVE {', '.join(f'#{name}' for name in gone)}" if gone else ""
    return update(
        customer_keys.removal(removal.customer_id),
        f"SET {sets}{removes} ADD #version :one",
        condition=condition,
        names={f"#{name}": name for name in (*facts, *gone, "version")},
        values={**values, **{f":{name}": fact for name, fact in facts.items()}},
    )
