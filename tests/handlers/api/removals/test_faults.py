"""DELETE /customers/me when calls fail, the process dies, or items are unreadable."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ordering.domain.clock import now
from ordering.domain.order import CustomerId
from ordering.repositories.customer_jobs import CustomerJobs
from ordering.repositories.keys import customer_keys, order_keys
from ordering.repositories.removals import LAG, Removals
from tests.handlers.api.removals.customers import (
    addresses,
    ended_order,
    forget,
    put_profile,
    removal,
    sweep,
    write_orders,
)
from tests.support.aws_calls import AwsCalls, Send, and_then, contended, fails
from tests.support.client_calls import Parameters
from tests.support.clock import MovableClock
from tests.support.logs import Logs
from tests.support.orders import overwrite
from tests.support.world import World


@pytest.mark.slow
@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize("place", range(1, 14))
@pytest.mark.parametrize("when", ["before", "after"])
def test_removal_completes_after_a_crash_at_any_call(
    world: World, calls: AwsCalls, clock: MovableClock, place: int, when: str
) -> None:
    """No client retries. A crash before the first write changes nothing; after it, the removal completes."""
    for _ in range(2):
        ended_order(world)
    still_open = world.place_order()
    put_profile(world)
    made = 0
    died = False

    def dies(parameters: Parameters, send: Send) -> Any:
        nonlocal made, died
        made += 1
        if made != place:
            return send()
        died = True
        if when == "after":
            send()
        raise KeyboardInterrupt

    for operation in ("GetItem", "Query", "BatchWriteItem", "UpdateItem", "TransactWriteItems"):
        calls.always(operation, dies)
    try:
        forget(world)
    except KeyboardInterrupt:
        assert died
    for operation in ("GetItem", "Query", "BatchWriteItem", "UpdateItem", "TransactWriteItems"):
        calls.always(operation, lambda parameters, send: send())
    if world.api("get_profile", "GET /customers/me").status == 200:
        assert (len(addresses(world)), removal(world)) == (3, None), "nothing has happened"
        return
    while removal(world):
        clock.move(LAG.total_seconds() + 61)
        sweep()
    (address,) = addresses(world)
    assert address["PK"] == order_keys.order_partition(still_open)
    assert "expiresAt" in address


@pytest.mark.parametrize("operation", ["Query", "BatchWriteItem", "TransactWriteItems"])
def test_removal_that_fails_once_it_was_noted_continues_later(
    world: World, calls: AwsCalls, logs: Logs, operation: str
) -> None:
    ended_order(world)
    put_profile(world)
    if operation == "TransactWriteItems":
        calls.next(operation, lambda parameters, send: send())
    calls.next(operation, fails("InternalServerError"))
    assert forget(world).status == 202
    assert "removal continues later" in logs.messages()
    assert forget(world).status == 204
    assert addresses(world) == []


def test_removal_that_cannot_be_noted_changes_nothing(world: World, calls: AwsCalls) -> None:
    put_profile(world)
    calls.next("TransactWriteItems", fails("InternalServerError"))
    assert forget(world).status == 500
    assert world.api("get_profile", "GET /customers/me").status == 200


def test_contention_over_a_removal_is_retried(world: World, calls: AwsCalls) -> None:
    put_profile(world)
    calls.next("TransactWriteItems", contended, times=2)
    assert forget(world).status == 204


@pytest.mark.slow
@pytest.mark.usefixtures("small_pages")
def test_two_concurrent_removal_requests_both_complete(world: World, calls: AwsCalls) -> None:
    write_orders(world, closed=30)
    statuses: list[int] = []
    calls.next("Query", and_then(lambda: statuses.append(forget(world).status)))
    statuses.append(forget(world).status)
    assert statuses == [204, 204]
    assert addresses(world) == []


@pytest.mark.usefixtures("queue")
def test_failing_removal_blocks_no_other_removal(
    world: World, clock: MovableClock, logs: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    put_profile(world)
    forget(world)
    odd = next(CustomerId(str(item["customerId"])) for item in world.items() if "customerId" in item)
    overwrite(world, customer_keys.removal(odd), until=5)
    world.api("put_profile", "PUT /customers/me", {"email": "bob@example.com"}, subject="bob")
    forget(world, "bob")
    clock.move(LAG.total_seconds() + 61)
    sweep()
    (left,) = [item for item in world.items() if item["SK"] == "REMOVAL"]
    assert left["PK"] == customer_keys.removal(odd)["PK"]
    assert "job not continued" in logs.messages()
    assert '"OldestRemoval": [86400.0]' in capsys.readouterr().out.replace('":[', '": [')


@pytest.mark.parametrize("status", [None, 5, "LOST", {}], ids=repr)
def test_unreadable_order_does_not_block_the_removal_of_a_customer(world: World, status: Any) -> None:
    odd, ended = ended_order(world), ended_order(world)
    overwrite(world, order_keys.order(odd), status=status, lines="none")
    assert forget(world).status == 204
    (left,) = addresses(world)
    assert left["PK"] == order_keys.order_partition(odd)
    assert "expiresAt" in left, "DynamoDB deletes it later, as it does for an open order"
    assert ended


def test_index_lists_the_due_removals(world: World, clock: MovableClock) -> None:
    removals, jobs = Removals(world.table), CustomerJobs(world.table)
    for number in range(10):
        removals.ask(CustomerId(f"{number:032d}"))
    assert jobs.due(100) == [], "the request itself still works on them"
    clock.move(61)
    assert sorted(job.customer_id for job in jobs.due(100)) == [f"{number:032d}" for number in range(10)]
    assert len(jobs.due(3)) == 3


def test_removal_is_no_event_and_holds_no_personal_data(world: World) -> None:
    put_profile(world)
    forget(world)
    found = removal(world)
    assert found
    assert "ada@" not in str(found)
    assert found["askedAt"] <= now()


def test_validation_error_of_a_removal_note_is_raised(world: World, calls: AwsCalls) -> None:
    """A bug of the app must not be mistaken for a concurrent removal."""
    removals = Removals(world.table)
    asked = removals.ask(CustomerId("0" * 32))
    calls.next("TransactWriteItems", fails("ValidationException"))
    with pytest.raises(ClientError):
        removals.resume(asked, lambda: True)
