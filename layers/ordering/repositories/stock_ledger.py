"""The stock ledger: the entries by which units were received or a count was corrected.

One transaction writes an entry and changes the stock, once for each idempotency key. Both remain when the
product is removed: if its SKU is created again, it has the same stock and ledger.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from ordering import guards
from ordering.domain.product import Sku
from ordering.domain.stock import Movement, Stock, StockEntry, allocate, hold, shares, total
from ordering.dynamodb.client import Table, TransactionCancelled
from ordering.dynamodb.transaction import ABSENT, WriteAction, check, put
from ordering.guards import Guard
from ordering.repositories import keys
from ordering.repositories.items import item_of, record_of, records_and_rest
from ordering.repositories.keys import product_keys
from ordering.repositories.stock_shards import StockShards
from ordering.repositories.updates import move_stock, stock_action

_TRIES = 3


class UnknownProduct(LookupError):
    """The catalogue has no such product."""


class EntryMismatch(ValueError):
    """The idempotency key was already used for another entry."""

    def __init__(self, earlier: StockEntry) -> None:
        units = f"{earlier.received} received" if earlier.received else f"{earlier.adjusted:+} adjusted"
        because = f" because of {earlier.reason!r}" if earlier.reason else ""
        super().__init__(f"was already used for the entry of {units}{because}; use a new key for a new entry")


class TooFewAvailable(Exception):
    """An adjustment would remove more units than are available. `stock` is the stock at that moment."""

    def __init__(self, stock: Stock) -> None:
        super().__init__(f"{stock.available} units are available")
        self.stock = stock


class StockLedgerCursor(Struct, frozen=True, array_like=True):
    """The position in a list of entries: after this entry."""

    created_at: str
    key: str


class StockLedger:
    """The stock ledgers of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._shards = StockShards(table)

    def enter(self, sku: Sku, entry: StockEntry) -> bool:
        """Write an entry and change the stock, once for each key. Returns whether this call was the first.

        Raises UnknownProduct, EntryMismatch, TooFewAvailable, and TransactionCancelled if other transactions
        conflict.
        """
        for tries_left in reversed(range(_TRIES)):
            shards = self._shards.read(sku)
            try:
                return self._enter(sku, entry, shards)
            except TransactionCancelled as cancelled:
                # Orders have taken units of a shard between the read and the transaction.
                if not cancelled.failures or not tries_left:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _enter(self, sku: Sku, entry: StockEntry, shards: Sequence[Stock]) -> bool:
        key = product_keys.stock_entry(sku, entry.key)
        movement, units = entry.moves
        holds = [hold(sku, n, i) for i, n in _parts(movement, units, shards) if n]
        try:
            self._table.transact(
                {
                    "product": check(product_keys.product(sku), "attribute_exists(PK)"),
                    **guards.value(Guard.ENTRY_WRITTEN, {"entry": _write_entry(sku, entry)}),
                    **move_stock(holds, movement, entry.created_at, Guard.ENTRY_ENOUGH),
                }
            )
        except TransactionCancelled as cancelled:
            if not cancelled.failures:
                raise
            # A retry must find its entry, even if the product was removed or too few units are left. DynamoDB
            # does not guarantee that it reports every condition that failed, so the entry is read.
            earlier = cancelled.failures.get("entry") or self._table.get(key)
            if earlier and guards.applies(Guard.ENTRY_FOUND):
                if not _entry(earlier).matches(entry):
                    raise EntryMismatch(_entry(earlier)) from None
                return False
            if cancelled.failed("product"):
                raise UnknownProduct(sku) from None
            if len(shards) > 1:
                if movement.available > 0 or total(shards).available >= units:
                    raise
                raise TooFewAvailable(total(shards)) from None
            found = cancelled.failures.get(stock_action(holds[0]))
            raise TooFewAvailable(record_of(found, Stock) if found else total(shards)) from None
        return True

    def entries(
        self, sku: Sku, limit: int, after: StockLedgerCursor | None
    ) -> tuple[list[StockEntry], list[str], StockLedgerCursor | None]:
        """Return up to `limit` entries, the keys of unreadable entries, and the cursor of the next page.

        The newest entries come first. The cursor is None if there is no next page. The index is eventually
        consistent: an entry may appear late.
        """
        start: dict[str, Any] | None = None
        if after:
            listed = product_keys.in_stock_ledger(sku, after.created_at, after.key)
            start = {**product_keys.stock_entry(sku, after.key), **listed}
        items, last = self._table.query_page(
            "GSI1PK = :ledger",
            {":ledger": product_keys.stock_ledger(sku)},
            index=keys.LISTING,
            limit=limit,
            start=start,
            newest_first=True,
        )
        entries, unreadable = records_and_rest(map(_with_its_key, items), StockEntry)
        return entries, [item["key"] for item in unreadable], _position(last) if last else None


def _parts(movement: Movement, units: int, shards: Sequence[Stock]) -> Iterable[tuple[int, int]]:
    """Return how many units an entry moves in which shard.

    Units that come are spread evenly; those that go are taken where they are. If all shards together have too
    few, the first one refuses them.
    """
    if movement.available > 0:
        return enumerate(shares(units, shards[0].spread))
    taken = allocate([shard.available for shard in shards], units, 0)
    return taken.items() if taken else [(0, units)]


def _write_entry(sku: Sku, entry: StockEntry) -> WriteAction:
    return put(_item(sku, entry), condition=guards.condition(Guard.ENTRY_ABSENT, ABSENT))


def _position(last: Mapping[str, Any]) -> StockLedgerCursor:
    return StockLedgerCursor(*product_keys.listed_stock_entry(last))


def _item(sku: Sku, entry: StockEntry) -> dict[str, Any]:
    item = item_of(
        entry,
        product_keys.stock_entry(sku, entry.key),
        product_keys.in_stock_ledger(sku, entry.created_at, entry.key),
    )
    return item | {"version": 1}


def _entry(item: Mapping[str, Any]) -> StockEntry:
    return record_of(_with_its_key(item), StockEntry)


def _with_its_key(item: Mapping[str, Any]) -> dict[str, Any]:
    # Entries of the first releases do not have the attribute `key`: it is taken from the item's own key.
    return {**item, "key": item["SK"].removeprefix(product_keys.STOCK_ENTRY_PREFIX)}
