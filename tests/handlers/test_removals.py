"""DELETE /customers/me of a customer with many orders, or one placed a moment before: all of it is done."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lambdas.api import delete_profile
from ordering.domain.clock import as_text, now
from ordering.domain.order import CustomerId, OrderId
from ordering.dynamodb.codec import encode_item
from ordering.repositories import keys
from ordering.repositories import removals as module
from ordering.repositories.removals import LAG, PAGE, Removals
from tests.support.aws_calls import AwsCalls, Parameters, Send, and_then, contended, fails
from tests.support.clock import MovableClock
from tests.support.environment import QUEUE_URL, TABLE
from tests.support.logs import Logs
from tests.support.orders import cancel_to_the_end, overwrite
from tests.support.tables import dynamodb
from tests.support.world import ADDRESS, Context, Response, World, invoke


@pytest.fixture
def clock() -> Iterator[MovableClock]:
    """A clock that the test moves, from now on."""
    clock = MovableClock()
    clock.present = datetime.now(UTC)
    with clock.ticking():
        yield clock


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten orders a page: moto takes its time for more."""
    monkeypatch.setattr(module, "PAGE", 10)


@pytest.fixture
def queue(world: World) -> None:
    """The order queue, empty: the sweep asks for it."""
    assert boto3.client("sqs").create_queue(QueueName="orders")["QueueUrl"] == QUEUE_URL


def forget(world: World, subject: str = "alice") -> Response:
    return world.api("delete_profile", "DELETE /customers/me", subject=subject)


def enter(world: World) -> Response:
    return world.api("put_profile", "PUT /customers/me", {"email": "ada@example.com", "address": ADDRESS})


def sweep(milliseconds: int = 60_000) -> None:
    """Run it once, with so much time."""

    class Slow(Context):
        def get_remaining_time_in_millis(self) -> int:
            nonlocal milliseconds
            # Each time it is asked some has passed.
            milliseconds -= 1000
            return milliseconds

    invoke("scheduled.reconcile_orders", {}, Slow())


def an_ended_order(world: World) -> OrderId:
    order_id = world.stocked().place_order()
    cancel_to_the_end(world, order_id)
    return order_id


def customer_of(world: World) -> CustomerId:
    return CustomerId(next(str(item["customerId"]) for item in world.items() if "customerId" in item))


def many(world: World, closed: int, still_open: int = 0) -> None:
    """A customer with so many orders, written as they are at rest and not one by one."""
    order_id = an_ended_order(world)
    order = world.table.get(keys.order(order_id))
    address = world.table.get(keys.address(order_id))
    assert order
    assert address
    begin = datetime.now(UTC) - timedelta(days=400)
    items: list[dict[str, Any]] = []
    for number in range(closed + still_open - 1):
        id = f"00000000-0000-8000-8000-{number:012d}"
        at = as_text(begin + timedelta(minutes=10 * number))
        status = "PENDING" if number >= closed - 1 else "CANCELLED"
        listed = keys.my_orders(order["customerId"], at, OrderId(id))
        items.append({**order, **keys.order(id), **listed, "orderId": id, "status": status, "createdAt": at})
        items.append({**address, **keys.address(id)})
    for start in range(0, len(items), 25):
        puts: list[Any] = [{"PutRequest": {"Item": encode_item(item)}} for item in items[start : start + 25]]
        dynamodb().batch_write_item(RequestItems={TABLE: puts})


def addresses(world: World) -> list[dict[str, Any]]:
    return [item for item in world.items() if item["SK"] == "ADDRESS"]


def removal(world: World) -> dict[str, Any] | None:
    return next((item for item in world.items() if item["SK"] == "REMOVAL"), None)


def within(monkeypatch: pytest.MonkeyPatch, pages: int) -> None:
    """Let a request have time for so many pages."""
    moments = iter([0.0] * (pages + 1))
    monkeypatch.setattr(delete_profile, "time", SimpleNamespace(monotonic=lambda: next(moments, 1e9)))


# -- many orders ---------------------------------------------------------------------------------------


def test_removal_of_thousands_of_orders_takes_a_known_number_of_calls(
    world: World, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(world, closed=1990, still_open=10)
    enter(world)
    before = Counter({name: len(calls.made(name)) for name in _ASKED})
    within(monkeypatch, pages=99)
    assert forget(world).status == 204
    made = Counter({name: len(calls.made(name)) for name in _ASKED}) - before
    pages = 2000 // PAGE
    # DynamoDB may say that there is more behind a last page that is full.
    assert made["Query"] in (pages, pages + 1)
    # An address each, twenty-five at a time, but for the page that has the open ones.
    assert made["BatchWriteItem"] <= 4 * pages
    assert made["UpdateItem"] == 10
    # One that asks, and one for each page.
    assert made["TransactWriteItems"] == made["Query"] + 1
    assert made["GetItem"] == 1
    assert len(addresses(world)) == 10
    assert all("expiresAt" in each for each in addresses(world))


_ASKED = ("Query", "BatchWriteItem", "UpdateItem", "TransactWriteItems", "GetItem", "DeleteItem")


@pytest.mark.usefixtures("small_pages")
def test_removal_continues_where_the_last_request_ran_out_of_time(
    world: World, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four requests that have time for three pages each, and ten pages."""
    many(world, closed=100)
    enter(world)
    statuses = []
    for _ in range(4):
        within(monkeypatch, pages=3)
        statuses.append(forget(world).status)
        assert world.api("get_profile", "GET /customers/me").status == 404, "the profile goes first"
    assert statuses == [202, 202, 202, 204]
    assert addresses(world) == []
    read = [call for call in calls.made("Query") if call.get("IndexName") == "GSI1"]
    assert len(read) == 11


@pytest.mark.usefixtures("queue", "small_pages")
def test_sweep_completes_a_removal_without_another_request(
    world: World, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(world, closed=100)
    within(monkeypatch, pages=1)
    assert forget(world).status == 202
    sweeps = 0
    while removal(world):
        clock.move(61)
        # Time for a few pages.
        sweep(19_000)
        sweeps += 1
        assert sweeps < 20
    assert addresses(world) == []
    assert sweeps > 2, "it was not all done at once"


@pytest.mark.usefixtures("queue", "small_pages")
def test_removals_of_two_customers_progress_side_by_side(
    world: World, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One with many orders does not keep the sweep from the other."""
    many(world, closed=150)
    within(monkeypatch, pages=1)
    forget(world)
    order_id = OrderId(world.place(subject="bob").body["orderId"])
    overwrite(world, keys.order(order_id), status="CANCELLED")
    within(monkeypatch, pages=0)
    assert forget(world, "bob").status == 202
    for _ in range(3):
        clock.move(61)
        sweep(20_000)
    assert world.table.get(keys.address(order_id)) is None
    assert len(addresses(world)) > 0


# -- an order placed a moment before ----------------------------------------------------------------------


def late_index(calls: AwsCalls, hidden: Callable[[], set[str]]) -> None:
    """The list of orders, as DynamoDB may answer it: without the newest."""

    def query(parameters: Parameters, send: Send) -> Any:
        answer = send()
        if parameters.get("IndexName") == "GSI1":
            shown = [item for item in answer["Items"] if item["PK"]["S"] not in hidden()]
            answer = {**answer, "Items": shown}
        return answer

    calls.always("Query", query)


@pytest.mark.usefixtures("queue")
def test_removal_finds_an_order_missing_from_the_index_so_far(
    world: World, calls: AwsCalls, clock: MovableClock
) -> None:
    order_id = an_ended_order(world)
    hidden = {keys.order_partition(order_id)}
    late_index(calls, lambda: hidden)
    assert forget(world).status == 204
    assert len(addresses(world)) == 1, "nobody can know of it yet"
    hidden.clear()
    clock.move(LAG.total_seconds() + 61)
    sweep()
    assert (addresses(world), removal(world)) == ([], None)


@pytest.mark.usefixtures("queue")
def test_open_order_missing_from_the_index_so_far_gets_its_time_to_live(
    world: World, calls: AwsCalls, clock: MovableClock
) -> None:
    order_id = world.stocked().place_order()
    hidden = {keys.order_partition(order_id)}
    late_index(calls, lambda: hidden)
    forget(world)
    hidden.clear()
    clock.move(LAG.total_seconds() + 61)
    sweep()
    (address,) = addresses(world)
    assert address["expiresAt"] > time.time() + 89 * 24 * 3600


@pytest.mark.usefixtures("queue", "small_pages")
def test_last_look_of_a_removal_reads_only_the_newest_orders(
    world: World, calls: AwsCalls, clock: MovableClock
) -> None:
    many(world, closed=100)
    assert forget(world).status == 204
    before = len(calls.made("Query"))
    clock.move(LAG.total_seconds() + 61)
    sweep()
    read = [call for call in calls.made("Query")[before:] if call.get("IndexName") == "GSI1"]
    assert len(read) == 1
    assert removal(world) is None


@pytest.mark.usefixtures("queue")
def test_customer_who_returns_keeps_their_new_profile_and_orders(world: World, clock: MovableClock) -> None:
    """Their profile and their later orders are no part of what they have asked for."""
    enter(world)
    forget(world)
    clock.move(60)
    enter(world)
    an_ended_order(world)
    clock.move(2 * LAG.total_seconds())
    sweep()
    assert removal(world) is None
    assert len(addresses(world)) == 1
    assert world.api("get_profile", "GET /customers/me").status == 200


@pytest.mark.usefixtures("queue")
def test_second_removal_request_removes_what_was_entered_since(world: World, clock: MovableClock) -> None:
    """Before the first removal has had its last look."""
    enter(world)
    forget(world)
    clock.move(60)
    enter(world)
    an_ended_order(world)
    assert forget(world).status == 204
    assert addresses(world) == []
    assert world.api("get_profile", "GET /customers/me").status == 404
    clock.move(LAG.total_seconds() + 61)
    sweep()
    assert removal(world) is None


@pytest.mark.usefixtures("small_pages")
def test_second_removal_request_during_a_look_starts_another_look(
    world: World, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(world, closed=30)
    within(monkeypatch, pages=1)
    assert forget(world).status == 202
    clock.move(60)
    an_ended_order(world)
    within(monkeypatch, pages=99)
    assert forget(world).status == 204
    assert addresses(world) == []


# -- what dies, and what fails ----------------------------------------------------------------------------


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize("place", range(1, 12))
@pytest.mark.parametrize("when", ["before", "after"])
def test_removal_completes_after_a_crash_at_any_call(
    world: World, calls: AwsCalls, clock: MovableClock, place: int, when: str
) -> None:
    """Nobody repeats the request. Before the first write nothing has happened, after that all of it does."""
    for _ in range(2):
        an_ended_order(world)
    still_open = world.place_order()
    enter(world)
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
    assert address["PK"] == keys.order_partition(still_open)
    assert "expiresAt" in address


@pytest.mark.parametrize("operation", ["Query", "BatchWriteItem", "TransactWriteItems"])
def test_removal_that_fails_once_it_was_noted_continues_later(
    world: World, calls: AwsCalls, logs: Logs, operation: str
) -> None:
    an_ended_order(world)
    enter(world)
    if operation == "TransactWriteItems":
        calls.next(operation, lambda parameters, send: send())
    calls.next(operation, fails("InternalServerError"))
    assert forget(world).status == 202
    assert "removal continues later" in logs.messages()
    assert forget(world).status == 204
    assert addresses(world) == []


def test_removal_that_cannot_be_noted_changes_nothing(world: World, calls: AwsCalls) -> None:
    enter(world)
    calls.next("TransactWriteItems", fails("InternalServerError"))
    assert forget(world).status == 500
    assert world.api("get_profile", "GET /customers/me").status == 200


def test_contention_over_a_removal_is_retried(world: World, calls: AwsCalls) -> None:
    enter(world)
    calls.next("TransactWriteItems", contended, times=2)
    assert forget(world).status == 204


@pytest.mark.usefixtures("small_pages")
def test_two_concurrent_removal_requests_both_complete(world: World, calls: AwsCalls) -> None:
    many(world, closed=30)
    statuses: list[int] = []
    calls.next("Query", and_then(lambda: statuses.append(forget(world).status)))
    statuses.append(forget(world).status)
    assert statuses == [204, 204]
    assert addresses(world) == []


@pytest.mark.usefixtures("queue")
def test_failing_removal_blocks_no_other_removal(
    world: World, clock: MovableClock, logs: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    enter(world)
    forget(world)
    odd = customer_of(world)
    overwrite(world, keys.removal(odd), until=5)
    world.api("put_profile", "PUT /customers/me", {"email": "bob@example.com"}, subject="bob")
    forget(world, "bob")
    clock.move(LAG.total_seconds() + 61)
    sweep()
    (left,) = [item for item in world.items() if item["SK"] == "REMOVAL"]
    assert left["PK"] == keys.removal(odd)["PK"]
    assert "customer not removed" in logs.messages()
    assert '"OldestRemoval": [86400.0]' in capsys.readouterr().out.replace('":[', '": [')


@pytest.mark.parametrize("status", [None, 5, "LOST", {}], ids=repr)
def test_unreadable_order_does_not_block_the_removal_of_a_customer(world: World, status: Any) -> None:
    odd, ended = an_ended_order(world), an_ended_order(world)
    overwrite(world, keys.order(odd), status=status, lines="none")
    assert forget(world).status == 204
    (left,) = addresses(world)
    assert left["PK"] == keys.order_partition(odd)
    assert "expiresAt" in left, "it goes by itself, as that of an open order does"
    assert ended


def test_index_lists_the_due_removals(world: World, clock: MovableClock) -> None:
    removals = Removals(world.table)
    for number in range(10):
        removals.ask(CustomerId(f"{number:032d}"))
    assert removals.due(100) == [], "whoever asked is at it"
    clock.move(61)
    assert sorted(removals.due(100)) == [f"{number:032d}" for number in range(10)]
    assert len(removals.due(3)) == 3


def test_removal_is_no_event_and_holds_no_personal_data(world: World) -> None:
    enter(world)
    forget(world)
    found = removal(world)
    assert found
    assert "ada@" not in str(found)
    assert found["askedAt"] <= now()


def test_validation_error_of_a_removal_note_is_raised(world: World, calls: AwsCalls) -> None:
    """A fault of ours must not pass for somebody else's work."""
    removals = Removals(world.table)
    asked = removals.ask(CustomerId("0" * 32))
    calls.next("TransactWriteItems", fails("ValidationException"))
    with pytest.raises(ClientError):
        removals.resume(asked, lambda: True)
