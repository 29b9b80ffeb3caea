"""An order that has ended, whose customer has not been notified yet.

notification = NotificationFixture(shop, country="AQ")
notification.begin(*notification.messages)   the events are in the queue, and no mail was sent
shop.run_to_the_end()
notification.violations()
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
    """The real functions drive the order once, and each test begins with a copy of the result."""

    def __init__(self, shop: Backend, *, country: str = "GB") -> None:
        """`country` as in `Customer.place`; the carrier refuses `AQ`."""
        self._shop = shop
        self._name = f"to be notified of an order to {country}"
        shop.begin(
            "notified by mail",
            lambda world: world.stocked().with_profile(EMAIL),
            consumers=["notify_customer"],
        )
        shop.alice.place(("MUG-RED", 2), country=country)
        while shop.deliver_changes() or shop.deliver_messages():
            pass
        self.messages = tuple(message.body for message in shop.notifications.messages)
        """The messages for notify_customer, the older event first."""
        self._tables: Any = deepcopy(dynamodb_backends[ACCOUNT][REGION].tables)

    def begin(self, *messages: str) -> None:
        """Begin without any mail, and with these messages in the queue."""
        self._shop.begin(self._name, self._restore, consumers=["notify_customer"])
        for message in messages:
            self._shop.notifications.put(message)

    def expire(self) -> int:
        """Delete expired items, as the table does. Returns how many."""
        world, now = self._shop.world, self._shop.clock.present.timestamp()
        gone = [item for item in world.items() if item.get("expiresAt", now) < now]
        for item in gone:
            world.table.delete({"PK": item["PK"], "SK": item["SK"]})
        return len(gone)

    def notified_statuses(self) -> list[str]:
        """Returns the statuses in the mails that were sent, in their order."""
        return [mail_invariants.SUBJECTS[mail.subject] for mail in self._shop.mailbox.sent]

    def violations(self) -> list[str]:
        """Returns the violations of guarantee 5, after everything has ended."""
        shop = self._shop
        return mail_invariants.violations(
            shop.stream.changes, shop.mailbox.sent, shop.calls.injected, shop.world.items()
        )

    def _restore(self, _: World) -> None:
        dynamodb_backends[ACCOUNT][REGION].tables = self._tables
