"""After whatever the other tests have done: every promise holds, and nothing was left lying anywhere."""

from tests.e2e.shop import Shop
from tests.support.invariants import check


def test_every_promise_holds_for_all_that_was_ordered(quiet_shop: Shop) -> None:
    check(quiet_shop.tables)


def test_no_message_and_no_change_was_given_up(quiet_shop: Shop) -> None:
    held = quiet_shop.messages.in_every_queue()
    assert held
    assert not any(held.values()), held
