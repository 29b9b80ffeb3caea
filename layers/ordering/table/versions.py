"""Items that clients change at will, each under a version that tells what the client had seen."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from ordering.table.action import ABSENT
from ordering.table.client import ConditionFailed, Table
from ordering.table.items import SCHEMA_VERSION
from ordering.table.keys import Key


class VersionMismatch(Exception):
    """The item is not of the version that was expected. `found` is the version it has; None: no item."""

    def __init__(self, found: int | None) -> None:
        super().__init__(f"found version {found}")
        self.found = found


def put_versioned(
    table: Table,
    key: Key,
    facts: Mapping[str, Any],
    *,
    at: str,
    expected: int | None,
    indexed: Key | None = None,
) -> dict[str, Any]:
    """Enter an item (`expected` None) or change the one of that version; answers it as it is then.

    A fact that is None is removed. Raises VersionMismatch.
    """
    # The SDK's own retry of a write that succeeded finds another version: the nonce shows it is ours.
    nonce = str(uuid4())
    sets = {
        "schemaVersion": SCHEMA_VERSION,
        "updatedAt": at,
        "nonce": nonce,
        **(indexed or {}),
        **{name: fact for name, fact in facts.items() if fact is not None},
    }
    removed = [name for name, fact in facts.items() if fact is None]
    assignments = [f"#{name} = :{name}" for name in sets]
    assignments.append("#createdAt = if_not_exists(#createdAt, :updatedAt)")
    removal = f" REMOVE {', '.join(f'#{name}' for name in removed)}" if removed else ""
    values = {":one": 1, **{f":{name}": value for name, value in sets.items()}}
    try:
        return table.update(
            key,
            f"SET {', '.join(assignments)}{removal} ADD #version :one",
            names={f"#{name}": name for name in (*sets, *removed, "createdAt", "version")},
            values=values | ({":expected": expected} if expected is not None else {}),
            condition=ABSENT if expected is None else "#version = :expected",
        )
    except ConditionFailed as failure:
        if failure.item is None:
            raise VersionMismatch(None) from None
        if failure.item.get("nonce") == nonce:
            return dict(failure.item)
        raise VersionMismatch(failure.item["version"]) from None
