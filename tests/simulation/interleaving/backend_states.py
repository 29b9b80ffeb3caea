"""The states of the backend in memory between calls: tables, stream, mailbox and notifications queue."""

import json
from copy import deepcopy
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from tests.support.backend import Backend
from tests.support.environment import ACCOUNT, REGION


class BackendStates:
    """Stores states of a backend. The name of a state stands for its complete content."""

    def __init__(self, shop: Backend) -> None:
        self._shop = shop
        self._kept: dict[str, dict[str, Any]] = {}

    def note(self) -> str:
        """Keep the present state. Returns its name."""
        shop, world = self._shop, self._shop.world
        held = [
            world.items(),
            world.provider_records(),
            shop.stream.changes,
            shop.mailbox.sent,
            [vars(message) for message in shop.notifications.messages],
        ]
        name = json.dumps(held, sort_keys=True, default=str)
        if name not in self._kept:
            self._kept[name] = deepcopy(self._present())
        return name

    def restore(self, state: str) -> None:
        """Bring a state back, as a copy: moto and the fakes change it in place."""
        kept = deepcopy(self._kept[state])
        for name, items in kept.pop("tables").items():
            dynamodb_backends[ACCOUNT][REGION].tables[name].items = items
        stream, mailbox, notifications = kept["stream"], kept["mailbox"], kept["notifications"]
        vars(self._shop.stream).update(stream)
        self._shop.mailbox.sent = mailbox
        self._shop.notifications.messages = notifications

    def _present(self) -> dict[str, Any]:
        shop = self._shop
        stream = {name: vars(shop.stream)[name] for name in ("changes", "waiting", "_items")}
        tables = dynamodb_backends[ACCOUNT][REGION].tables.items()
        return {
            "tables": {name: table.items for name, table in tables},
            "stream": stream,
            "mailbox": shop.mailbox.sent,
            "notifications": shop.notifications.messages,
        }
