"""Customers who have asked to be forgotten: what is still to be removed of them, and how far that has come.

With the profile go the addresses of the customer's closed orders; the address of an open order is given a
time to live, since it is still to be delivered. Orders may be tens of thousands, so the work is done in looks
at the list of orders, page by page, and an item says how far the present look has come. Whoever has time goes
on with it: the request that asked, the same request when it is repeated, the sweep.

The list is an index, and shows an order a moment late. So a look that begins when the customer asks is
followed by another one, a few minutes later, at the last day's orders.

| if it dies                                    | then                                                     |
|-----------------------------------------------|----------------------------------------------------------|
| before the profile is removed                 | nothing has happened                                     |
| after that: the item is written with it       | the sweep goes on with the look, or a repeat does        |
| between an address and another                | the page is looked through again; what has gone has gone |
| before it has noted how far it has come       | the same                                                 |
| when a look is done, before that is noted     | its last page is looked through again                    |
| when the last look is done                    | the item is gone                                         |

Two may work at the same time, the sweep and a request. Each notes a place up to which all is done, so that
any of their notes is true; some pages are at worst looked through twice.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ordering import guards
from ordering.domain.base import Record
from ordering.domain.clock import as_text, milliseconds, now
from ordering.domain.order import CustomerId, Status
from ordering.dynamodb.client import ConditionFailed, Table, TransactionCancelled
from ordering.dynamodb.codec import Item
from ordering.dynamodb.transaction import ABSENT, WriteAction, delete, remove, update
from ordering.guards import Guard
from ordering.repositories import keys
from ordering.repositories.customer_orders import CustomerOrders, OrderCursor, OrderFilter
from ordering.repositories.items import SCHEMA_VERSION, record_in_list, record_of

PAGE = 100
_TERMINAL = [status.value for status in Status if status.is_terminal]
_TRIES = 5

# Ninety days: longer than any order stays open without a person who sees to it, who may then still ship it.
_OPEN_ADDRESS_SECONDS = 90 * 24 * 3600

# An order that was placed before the customer asked may bear a later time, by the clock of another function.
_CLOCKS_DIFFER = timedelta(seconds=10)
# Longer than a function that places an order runs, and than the index takes to show it.
LAG = timedelta(minutes=5)
# Whatever the index had not yet shown when a look began was placed within this time before.
_LOOKED_AT_AGAIN = timedelta(days=1)
# The sweep leaves alone what somebody else was at so lately.
_LEFT_ALONE = timedelta(minutes=1)


class Removal(Record, frozen=True):
    """How far the removal of a customer has come.

    The present look is at orders created between `since` (empty: ever) and `until`. It has begun at
    `begun_at`, or begins then, and goes on behind `position` (None: at its newest order). `asked_at` is when
    the customer has asked last.
    """

    customer_id: CustomerId
    since: str
    until: str
    begun_at: str
    asked_at: str
    position: OrderCursor | None = None

    @property
    def waits(self) -> bool:
        """Whether there is nothing to do now: all orders that are known have been looked at."""
        return self.begun_at > now()

    @property
    def next_look(self) -> "Removal | None":
        """The look after this one; None if this was the last."""
        until = _later(self.asked_at, _CLOCKS_DIFFER)
        again = self.until != until
        begins_at = now() if again else _later(self.asked_at, LAG)
        if not again and not guards.applies(Guard.FORGET_LOOK_AGAIN, self.begun_at < begins_at):
            return None
        since = _later(self.until, -_LOOKED_AT_AGAIN)
        return Removal(
            customer_id=self.customer_id, since=since, until=until, begun_at=begins_at, asked_at=self.asked_at
        )


class Removals:
    """The removals of one table's customers."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._listing = CustomerOrders(table)

    def ask(self, customer_id: CustomerId) -> Removal:
        """Remove the customer's profile, and note that the rest is to follow, both or neither.

        Asking again does not begin anew. Raises TransactionCancelled while rivals are in the way.
        """
        key = keys.removal(customer_id)
        for last_try in (False,) * (_TRIES - 1) + (True,):
            item = self._table.get(key)
            found = record_in_list(item, Removal) if item else None
            if item and found is None:
                # How far it has come cannot be read: all is looked through anew.
                self._table.delete(key)
            asked = _asked(found, customer_id)
            seen = found.begun_at if found else None
            profile = remove(keys.profile(customer_id))
            noted = guards.value(Guard.FORGET_NOTED, {"removal": _written(asked, seen)})
            try:
                self._table.transact({"profile": profile, **noted})
            except TransactionCancelled:
                # Somebody has gone on with it meanwhile, or is about to.
                if last_try:
                    raise
            else:
                break
        return asked

    def go_on(self, removal: Removal, there_is_time: Callable[[], bool]) -> bool:
        """Go on with a removal while there is time; returns whether nothing is left to do now."""
        present: Removal | None = removal
        while present and not present.waits:
            if not there_is_time():
                return False
            present = self._one_page(present)
        return True

    def find(self, customer_id: CustomerId) -> Removal | None:
        """The removal of a customer, if one is under way."""
        item = self._table.get(keys.removal(customer_id))
        return record_of(item, Removal) if item else None

    def due(self, limit: int) -> list[CustomerId]:
        """Up to `limit` customers with whose removal nobody is going on, the longest waiting first."""
        found: list[Item] = []
        for shard in range(keys.SHARDS):
            items, _ = self._table.query_page(
                "GSI2PK = :shard AND GSI2SK < :now",
                {":shard": keys.removal_shard(shard), ":now": now()},
                index=keys.DUE,
                limit=limit,
            )
            found += items
        found.sort(key=lambda item: str(item["GSI2SK"]))
        return [keys.customer_of(item) for item in found[:limit]]

    def put_behind(self, customer_id: CustomerId) -> None:
        """Put a removal that has failed behind all others that are due."""
        due = keys.removal_due(customer_id, _later(now(), _LEFT_ALONE))
        with suppress(ConditionFailed):
            self._table.update(
                keys.removal(customer_id),
                "SET GSI2SK = :due",
                values={":due": due["GSI2SK"]},
                condition="attribute_exists(PK)",
            )

    def _one_page(self, removal: Removal) -> Removal | None:
        """Look through a page; returns what there is to do then, None if that is nothing."""
        wanted = OrderFilter(created_after=removal.since or None, created_before=removal.until)
        orders, position = self._listing.entries(removal.customer_id, wanted, PAGE, removal.position)
        # Of an order in a state that nobody knows it is not known either that it has ended.
        ended = [keys.order_of(each) for each in orders if each.get("status") in _TERMINAL]
        self._table.delete_many([keys.address(order_id) for order_id in ended])
        for each in orders:
            if each.get("status") not in _TERMINAL:
                self._let_expire(keys.address(keys.order_of(each)))
        if position is not None:
            return self._noted(removal, msgspec.structs.replace(removal, position=position))
        following = removal.next_look
        return self._noted(removal, following) if following else self._ended(removal)

    def _let_expire(self, address: keys.Key) -> None:
        # To ask again does not put it off; and an address that has gone meanwhile is not made anew.
        with suppress(ConditionFailed):
            self._table.update(
                address,
                "SET expiresAt = if_not_exists(expiresAt, :expires)",
                values={":expires": milliseconds() // 1000 + _OPEN_ADDRESS_SECONDS},
                condition="attribute_exists(PK)",
            )

    def _noted(self, done: Removal, following: Removal) -> Removal | None:
        """Note how far it has come, unless it is no longer as it was; returns how it is then."""
        return self._changed(
            {"removal": _written(following, done.begun_at, asked_at=done.asked_at)}, following
        )

    def _ended(self, done: Removal) -> Removal | None:
        as_it_was = "begunAt = :begun AND askedAt = :asked"
        values = {":begun": done.begun_at, ":asked": done.asked_at}
        key = keys.removal(done.customer_id)
        return self._changed({"removal": delete(key, condition=as_it_was, values=values)}, None)

    def _changed(self, action: dict[str, WriteAction], to: Removal | None) -> Removal | None:
        try:
            self._table.transact(action)
        except TransactionCancelled as cancelled:
            if not cancelled.failed("removal"):
                raise
            found = cancelled.failures["removal"]
            return record_of(found, Removal) if found else None
        return to


def _asked(present: Removal | None, customer_id: CustomerId) -> Removal:
    """The removal when the customer asks, as it is from now on."""
    at = now()
    until = _later(at, _CLOCKS_DIFFER)
    if present is None:
        return Removal(customer_id=customer_id, since="", until=until, begun_at=at, asked_at=at)
    if present.waits:
        # What was looked at need not be looked at again, but for the newest.
        return msgspec.structs.replace(present, until=until, begun_at=at, asked_at=at)
    return msgspec.structs.replace(present, asked_at=at)


def _written(removal: Removal, seen: str | None, *, asked_at: str | None = None) -> WriteAction:
    """Return the action that writes a removal.

    It fails if another scan has begun since the one of `seen` (None: there is none), or if the customer has
    asked again since `asked_at`.
    """
    due = max(removal.begun_at, _later(now(), _LEFT_ALONE))
    facts: dict[str, Any] = {
        "schemaVersion": SCHEMA_VERSION,
        "customerId": removal.customer_id,
        "since": removal.since,
        "until": removal.until,
        "begunAt": removal.begun_at,
        "askedAt": removal.asked_at,
        **keys.removal_due(removal.customer_id, due),
    }
    if removal.position:
        facts["position"] = msgspec.to_builtins(removal.position)
    condition = ABSENT if seen is None else "#begunAt = :seen"
    values: dict[str, Any] = {":one": 1, **({":seen": seen} if seen else {})}
    if asked_at:
        condition += " AND #askedAt = :unless"
        values[":unless"] = asked_at
    sets = ", ".join(f"#{name} = :{name}" for name in facts)
    gone = "" if removal.position else " REMOVE #position"
    return update(
        keys.removal(removal.customer_id),
        f"SET {sets}{gone} ADD #version :one",
        condition=condition,
        names={f"#{name}": name for name in (*facts, "position", "version")},
        values={**values, **{f":{name}": fact for name, fact in facts.items()}},
    )


def _later(moment: str, by: timedelta) -> str:
    return as_text(datetime.fromisoformat(moment) + by)
