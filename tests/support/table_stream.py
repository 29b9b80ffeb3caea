"""A fake of the table's stream. It delivers each change until it is acknowledged.

moto's own stream is wrong after failed transactions. This one compares the items before and after each call
that writes, which is enough because a call writes each item at most once.
"""

import base64
import json
from typing import Any, NamedTuple

from moto.dynamodb.models import dynamodb_backends

from tests.support.deployed import Wiring, matches
from tests.support.environment import ACCOUNT, REGION, TABLE
from tests.support.recorded import stream_record

Image = dict[str, Any]


class Change(NamedTuple):
    """A committed change of one item; images are typed attributes."""

    old: Image | None
    new: Image | None


class TableStream:
    """One shard: all records in the order of their writes."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        self.begin()

    def begin(self) -> None:
        """Reset, without changes."""
        self.changes: list[Change] = []
        """Every change of any item, since the beginning."""
        self.waiting: list[dict[str, Any]] = []
        """Records that match the filters and have not been processed."""
        self._items = _items()

    def record_changes(self) -> None:
        """Add the changes since the last call of this method."""
        before, after = self._items, _items()
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) != after.get(key):
                self._add(Change(_image(before.get(key)), _image(after.get(key))))
        self._items = after

    def batch(self) -> dict[str, Any]:
        """Returns a batch for the function."""
        return {"Records": self.waiting[: self.wiring.changes_in_batch]}

    def acknowledge(self, batch: dict[str, Any], response: dict[str, Any]) -> None:
        """Continue after the batch, or with the first record that the response reports as failed."""
        failed = {each["itemIdentifier"] for each in response["batchItemFailures"]}
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch["Records"]]
        done = next((place for place, number in enumerate(numbers) if number in failed), len(numbers))
        # Removed by their numbers, because another delivery of them may have succeeded meanwhile.
        self.waiting = [
            record for record in self.waiting if record["dynamodb"]["SequenceNumber"] not in numbers[:done]
        ]

    def _add(self, change: Change) -> None:
        self.changes.append(change)
        record = stream_record(change.old, change.new, len(self.changes))
        if any(matches(pattern, record) for pattern in self.wiring.changes):
            self.waiting.append(record)


def _items() -> dict[str, str]:
    """Returns key → the item as text: moto changes its items in place."""
    items = {}
    for item in dynamodb_backends[ACCOUNT][REGION].tables[TABLE].all_items():
        attributes = item.to_json()["Attributes"]
        items[f"{attributes['PK']['S']} {attributes['SK']['S']}"] = json.dumps(attributes, default=_as_base64)
    return items


def _as_base64(octets: bytes) -> str:
    """Returns a binary attribute as Lambda passes it in a record of the stream."""
    return base64.b64encode(octets).decode()


def _image(text: str | None) -> Image | None:
    image: Image | None = json.loads(text) if text else None
    return image
