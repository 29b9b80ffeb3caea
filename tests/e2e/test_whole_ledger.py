"""After all other tests: every guarantee holds, and no message is left in any queue."""

from tests.e2e.shop import Shop
from tests.e2e.waiting import until_none


def test_every_guarantee_holds_for_all_orders_of_the_run(shop: Shop) -> None:
    shop.check_guarantees()


def test_no_message_is_left_in_any_queue(idle_shop: Shop) -> None:
    assert idle_shop.messages.messages_by_queue()

    def messages_left() -> dict[str, int]:
        return {queue: count for queue, count in idle_shop.messages.messages_by_queue().items() if count}

    until_none("message in any queue", messages_left)
