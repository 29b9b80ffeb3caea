"""An order that has come to its end, and of which its customer is still to be told.

telling = Telling(shop, country="AQ")
telling.begin(*telling.messages)      the events wait in the queue, and nobody was told anything
shop.come_to_the_end()
telling.violations()
"""

from copy import deepcopy
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from tests.support import mail_invariants
from tests.support.backend import Backend
from tests.support.environment import ACCOUNT, REGION
from tests.support.world import World

EMAIL = "ada@example.com"


class NotificationFixture:
    """The order was driven once, by the real functions. Each beginning is a copy of what came of it."""

    def __init__(self, shop: Backend, *, country: str = "GB") -> None:
        """`country` as in `Customer.place`: `AQ` is refused by the carrier."""
        self._shop = shop
        self._name = f"to be told of an order to {country}"
        shop.begin("told by mail", lambda world: world.stocked().with_profile(EMAIL), mail=True)
        shop.alice.place(("MUG-RED", 2), country=country)
        while shop.deliver_changes() or shop.deliver_messages():
            pass
        self.messages = tuple(message.body for message in shop.notifications.messages)
        """What notify_customer is to be brought, the older event first."""
        self._tables: Any = deepcopy(dynamodb_backends[ACCOUNT][REGION].tables)

    def begin(self, *messages: str) -> None:
        """Nobody was told anything yet, and these are in the queue."""
        self._shop.begin(self._name, self._bring_back, mail=True)
        for message in messages:
            self._shop.notifications.put(message)

    def expire(self) -> int:
        """Do as the table does with items that have expired; answers how many those were."""
        world, now = self._shop.world, self._shop.clock.present.timestamp()
        gone = [item for item in world.items() if item.get("expiresAt", now) < now]
        for item in gone:
            world.table.delete({"PK": item["PK"], "SK": item["SK"]})
        return len(gone)

    def told(self) -> list[str]:
        """The statuses that the customer was told of, in turn."""
        return [mail_invariants.SUBJECTS[mail.subject] for mail in self._shop.post.sent]

    def violations(self) -> list[str]:
        """What is broken of the promise, when everything has come to its end."""
        shop = self._shop
        return mail_invariants.violations(
            shop.stream.changes, shop.post.sent, shop.calls.struck, shop.world.items()
        )

    def _bring_back(self, _: World) -> None:
        dynamodb_backends[ACCOUNT][REGION].tables = self._tables
