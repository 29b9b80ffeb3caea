"""The values that one release leaves for another: items, events, messages, and the state between steps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.backend import Backend

if TYPE_CHECKING:
    from tests.simulation.releases.release import Release

ITEM, EVENT, MESSAGE, INPUT, OUTCOME = "item", "event", "message", "input", "outcome"


class Sample(NamedTuple):
    """One value that a release has written, for others to read."""

    interface: str
    of: str
    """Of which kind: an item's sort key, an event's type, a queue, a step."""
    value: Any


class Observer:
    """Collects the samples of one case."""

    def __init__(self, shop: Backend) -> None:
        self._shop = shop
        self.begin()

    def begin(self) -> None:
        """Forget everything."""
        self._called: list[Sample] = []

    def called(self, release: Release, handler: str, event: Any) -> None:
        """A handler was called with an event."""
        if self._shop.preparing:
            return
        match handler:
            case "drive_order" | "notify_customer":
                for record in event["Records"]:
                    self._called.append(Sample(MESSAGE, handler, json.loads(record["body"])))
            case _ if "orderId" in event or handler in release.facts.called:
                self._called.append(Sample(INPUT, handler, event))

    def answered(self, release: Release, handler: str, answer: Any) -> None:
        """A handler has returned."""
        if handler in release.facts.called and isinstance(answer, Mapping):
            self._called.append(Sample(OUTCOME, handler, answer.get("outcome")))

    def samples(self) -> Iterator[Sample]:
        """Yields the samples of the current case."""
        yield from self._called
        for change in self._shop.stream.changes:
            if change.new:
                yield Sample(ITEM, _kind_of(change.new), change.new)
        for detail in self._shop.bus.published:
            yield Sample(EVENT, detail.get("type", "?"), detail)


def _kind_of(image: Mapping[str, Any]) -> str:
    """Returns `ORDER#/PAYMENT#`: what the keys begin with."""
    partition, sort = (str(image[name]["S"]).partition("#") for name in ("PK", "SK"))
    # The sort keys of a consumer's records are event ids, which begin with another item's key.
    return f"{''.join(partition[:2])}/{''.join(sort[:2]) if partition[0] != 'CONSUMER' else ''}"
