"""Updates that several transactions share: of an order's status, a ledger entry, stock."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from ordering import guards
from ordering.domain.order import Order, Reason, Status, Transition
from ordering.domain.stock import Hold, Movement, Stock, StockSettings
from ordering.dynamodb.transaction import WriteAction, status_in, update
from ordering.guards import Guard
from ordering.repositories.items import SCHEMA_VERSION
from ordering.repositories.keys import Key, order_keys, product_keys


def transition_order(
    order: Order, to: Status, at: str, guard: Guard, reason: Reason | None = None
) -> WriteAction:
    """Return the action that changes an order's status and extends its history.

    `guard` is the name of the condition that the order still has the status with which it was read. Raises
    ValueError for a transition that the life cycle does not have.
    """
    if not order.status.may_become(to):
        raise ValueError(f"an order that is {order.status} cannot become {to}")
    sets = [
        "#status = :to",
        "#updatedAt = :at",
        "#version = #version + :one",
        "#history = list_append(#history, :transition)",
    ]
    values: dict[str, Any] = {
        ":from": order.status,
        ":to": to,
        ":at": at,
        ":one": 1,
        ":transition": [msgspec.to_builtins(Transition(status=to, at=at, reason=reason))],
    }
    names = {f"#{name}": name for name in ("status", "updatedAt", "version", "history")}
    if reason:
        sets.append("#reason = :reason")
        names["#reason"] = "reason"
        values[":reason"] = reason
    removed = ""
    if to.is_terminal:
        due = guards.value(Guard.ENDED_NOT_DUE, "GSI2PK, GSI2SK, ")
        removed = f" REMOVE {due}paymentToken"
    else:
        sets.append("GSI2SK = :at")
    return update(
        order_keys.order(order.order_id),
        f"SET {', '.join(sets)}{removed}",
        condition=guards.condition(guard, "#status = :from"),
        names=names,
        values=values,
    )


class LedgerUpdate(NamedTuple):
    """The parts of the update of a ledger entry (payment, shipment, reservation)."""

    key: Key
    expression: str
    condition: str
    names: dict[str, str]
    values: dict[str, Any]

    @property
    def action(self) -> WriteAction:
        """The update as an action of a transaction."""
        return update(
            self.key,
            self.expression,
            condition=self.condition,
            names=self.names,
            values=self.values,
        )


def update_ledger(
    key: Key,
    before: Iterable[str],
    to: str,
    at: str,
    guard: Guard,
    *,
    settled: bool = False,
    **facts: str | None,
) -> LedgerUpdate:
    """Return the update of an entry from one of the statuses `before` to `to`, with the new `facts`.

    A fact that is None is not changed. `guard` is the name of the condition on the status before. A `settled`
    entry is removed from the index of due items.
    """
    condition, values = status_in(before)
    known = {name: fact for name, fact in facts.items() if fact is not None}
    sets = ["#status = :to", "#updatedAt = :at", "#version = #version + :one"]
    sets += [f"#{name} = :{name}" for name in known]
    return LedgerUpdate(
        key,
        f"SET {', '.join(sets)}{' REMOVE GSI2PK, GSI2SK' if settled else ''}",
        guards.condition(guard, condition),
        {f"#{name}": name for name in ("status", "updatedAt", "version", *known)},
        {
            **values,
            ":to": to,
            ":at": at,
            ":one": 1,
            **{f":{name}": fact for name, fact in known.items()},
        },
    )


def ids_of(order: Order) -> dict[str, Any]:
    """Return the order's ids as an attribute of another item, for the events of that item."""
    return {"trace": msgspec.to_builtins(order.ids)} if order.ids else {}


def move_stock(lines: Sequence[Hold], movement: Movement, at: str, guard: Guard) -> dict[str, WriteAction]:
    """Return the actions that move the units of every line, each by its name (`stock_action`)."""
    return {stock_action(line): move_stock_line(line, movement, at, guard) for line in lines}


def stock_action(line: Hold) -> str:
    """Return the name of the action that moves the units of a line."""
    return f"stock {line.sku}#{line.shard}" if line.shard else f"stock {line.sku}"


def set_stock_settings(stock: Stock, settings: StockSettings, at: str) -> WriteAction:
    """Return the action that sets the settings of a product's stock, which was read as `stock`.

    Its condition is that no other request has added shards since: units in them would not be found any more.
    """
    shards = max(stock.shards, settings.spread)
    wanted = {
        "lowStockAt": settings.low_stock_at,
        # A stock that was never spread is as in the previous release.
        "spread": settings.spread if shards > 1 else None,
        "shards": shards if shards > 1 else None,
    }
    sets = {name: value for name, value in wanted.items() if value is not None}
    removed = [name for name, value in wanted.items() if value is None]
    return update(
        product_keys.stock(stock.sku),
        "SET schemaVersion = :schema, sku = :sku, updatedAt = :at"
        f"{''.join(f', {name} = :{name}' for name in sets)}"
        f"{' REMOVE ' + ', '.join(removed) if removed else ''} ADD #version :one",
        condition=guards.condition(Guard.SHARDS_KEPT, "attribute_not_exists(shards) OR shards <= :known"),
        names={"#version": "version"},
        values={
            ":schema": SCHEMA_VERSION,
            ":sku": stock.sku,
            ":at": at,
            ":one": 1,
            ":known": stock.shards,
            **{f":{name}": value for name, value in sets.items()},
        },
    )


def move_stock_line(line: Hold, movement: Movement, at: str, guard: Guard) -> WriteAction:
    """Return the action that moves the units of one line; `guard` names the condition on its figures."""
    changed = {name: unit * line.units for name, unit in movement._asdict().items() if unit}
    losing = movement.losing
    enough = " AND ".join(f"{name} >= :units" for name in losing)
    adds = ["#version :one", *(f"{name} :{name}" for name in changed)]
    return update(
        product_keys.stock(line.sku, line.shard),
        f"SET schemaVersion = :schema, sku = :sku, updatedAt = :at ADD {', '.join(adds)}",
        condition=guards.condition(guard, enough) if enough else None,
        names={"#version": "version"},
        values={
            ":schema": SCHEMA_VERSION,
            ":sku": line.sku,
            ":at": at,
            ":one": 1,
            **{f":{name}": units for name, units in changed.items()},
            **({":units": line.units} if losing else {}),
        },
    )
