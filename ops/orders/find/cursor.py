"""The cursor with which `find` continues: a position in a customer's orders, or in the table, as text."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

import msgspec
import typer

from ordering.repositories.customer_orders import OrderCursor


class _Position(msgspec.Struct):
    """One of the two positions. It is not signed, because every user of the tool may read the whole table."""

    customer: OrderCursor | None = None
    key: tuple[str, str] | None = None


def after_order(position: OrderCursor) -> str:
    """Returns the cursor behind an order of a customer's list."""
    return _encoded(_Position(customer=position))


def after_key(key: Mapping[str, str]) -> str:
    """Returns the cursor behind an item of the table."""
    return _encoded(_Position(key=(key["PK"], key["SK"])))


def order_of_cursor(cursor: str | None) -> OrderCursor | None:
    """Returns the position in a customer's orders. Raises BadParameter for another cursor."""
    position = _decoded(cursor)
    if position and position.customer is None:
        raise _refused()
    return position.customer if position else None


def key_of_cursor(cursor: str | None) -> dict[str, str] | None:
    """Returns the position in the table. Raises BadParameter for another cursor."""
    position = _decoded(cursor)
    if position and position.key is None:
        raise _refused()
    return dict(zip(("PK", "SK"), position.key, strict=True)) if position and position.key else None


def _encoded(position: _Position) -> str:
    return urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def _decoded(cursor: str | None) -> _Position | None:
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.json.decode(urlsafe_b64decode(padded), type=_Position)
    except ValueError as error:
        raise _refused() from error


def _refused() -> typer.BadParameter:
    return typer.BadParameter("it is not the cursor of this search: give the same options as before, with it")
