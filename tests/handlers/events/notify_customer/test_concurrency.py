"""Guarantee 5: notify_customer while other invocations have the same order, or died."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from ordering.domain.clock import now
from ordering.domain.order import Status
from ordering.repositories.processed_events import CLAIM_SECONDS
from tests.handlers.events.notify_customer.notifying import (
    NOTIFY,
    SLEEP,
    dies,
    dies_after,
    notify,
    outcomes,
    transition_event,
    with_profile,
)
from tests.support.aws_calls import AwsCalls, Send, fails
from tests.support.client_calls import Parameters
from tests.support.clock import MovableClock
from tests.support.faults import ProcessLost
from tests.support.logs import Logs
from tests.support.orders import an_order
from tests.support.ses import sent
from tests.support.world import World


@pytest.mark.slow
def test_two_invocations_with_one_event_send_one_email(shop: World, calls: AwsCalls) -> None:
    event = transition_event(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    rival: list[list[str]] = []

    def meanwhile(parameters: Parameters, send: Send) -> Any:
        rival.append(notify(event))
        return send()

    calls.next("SendEmail", meanwhile)
    assert notify(event) == []
    assert rival == [["message-0"]], "it is redelivered, and is then skipped as handled"
    assert len(sent()) == 1


@pytest.mark.slow
def test_invocation_retries_before_it_gives_up_on_a_claimed_event(
    shop: World, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    """A fast order has two events at once; a retry avoids the delay of a redelivery."""
    order_id = an_order(shop, "fulfilled")
    with_profile(shop)
    rest: list[Callable[[], object]] = []
    monkeypatch.setattr(SLEEP, lambda seconds: rest.pop()())
    first = import_module(NOTIFY).consumer.records.claim(transition_event(shop, order_id, Status.CONFIRMED))
    rest.append(lambda: import_module(NOTIFY).consumer.records.complete(first, "SENT", at=now()))
    assert notify(transition_event(shop, order_id)) == []
    assert (len(sent()), outcomes(logs)) == (1, ["SENT"])


@pytest.mark.slow
def test_event_claimed_for_too_long_is_left_to_redelivery(shop: World, pauses: list[float]) -> None:
    order_id = an_order(shop, "fulfilled")
    import_module(NOTIFY).consumer.records.claim(transition_event(shop, order_id, Status.CONFIRMED))
    assert notify(transition_event(shop, order_id)) == ["message-0"]
    assert len(pauses) == 4
    assert 0.75 <= sum(pauses) <= 2.25


@pytest.mark.slow
def test_claim_of_a_crashed_invocation_expires(shop: World, calls: AwsCalls, clock: MovableClock) -> None:
    event = transition_event(shop, an_order(shop, "fulfilled"), time=now())
    with_profile(shop)
    calls.next("SendEmail", dies)
    with pytest.raises(ProcessLost):
        notify(event)
    clock.move(CLAIM_SECONDS - 1)
    assert notify(event, receives=2) == ["message-0"]
    clock.move(2)
    assert notify(event, receives=3) == []
    assert len(sent()) == 1


def test_email_repeats_if_the_process_dies_before_recording_it(
    shop: World, calls: AwsCalls, clock: MovableClock
) -> None:
    event = transition_event(shop, an_order(shop, "fulfilled"), time=now())
    with_profile(shop)
    calls.next("SendEmail", dies_after)
    with pytest.raises(ProcessLost):
        notify(event)
    clock.move(CLAIM_SECONDS + 1)
    assert notify(event, receives=2) == notify(event, receives=3) == []
    assert len(sent()) == 2


def test_invocation_whose_claim_expired_still_records_its_email(
    shop: World, calls: AwsCalls, clock: MovableClock
) -> None:
    """Frozen for longer than its claim holds, it has sent its mail all the same."""
    event = transition_event(shop, an_order(shop, "fulfilled"), time=now())
    with_profile(shop)

    def frozen(parameters: Parameters, send: Send) -> Any:
        answer = send()
        clock.move(CLAIM_SECONDS + 1)
        return answer

    calls.next("SendEmail", frozen)
    assert notify(event) == notify(event, receives=2) == []
    assert len(sent()) == 1


@pytest.mark.slow
def test_sent_email_is_recorded_after_the_table_was_busy(
    shop: World, calls: AwsCalls, pauses: list[float]
) -> None:
    event = transition_event(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("UpdateItem", lambda parameters, send: send())
    calls.next("UpdateItem", fails("ProvisionedThroughputExceededException"), times=4)
    assert notify(event) == notify(event, receives=2) == []
    assert (len(sent()), pauses) == (1, [1, 2, 4, 8])
