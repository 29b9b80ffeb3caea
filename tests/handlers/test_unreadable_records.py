"""Records that cannot be read, of every kind of item: what we need is there in a type that it must not have.

What is asked for by itself is refused by name, and a person is told; whatever else there is goes on.
"""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ordering import unreadable
from ordering.aws.clients import client
from ordering.domain.audit import AuditRecord
from ordering.domain.clock import ago, milliseconds, now
from ordering.domain.customer import Profile
from ordering.domain.identity import customer_id
from ordering.domain.order import Order, OrderFault, OrderId
from ordering.domain.payment import Payment
from ordering.domain.product import Product, Sku
from ordering.domain.shipment import Shipment
from ordering.domain.stock import Reservation, Stock, StockEntry
from ordering.dynamodb.codec import decode, encode_item
from ordering.http.problems import ProblemType
from ordering.repositories import keys
from ordering.repositories.health import CircuitRecord, Health, ProgressRecord
from ordering.repositories.items import UnreadableRecord, record_of
from ordering.repositories.leases import Held, Lease, LeaseRecord, Leases
from ordering.repositories.orders import Orders
from ordering.repositories.processed_events import Claim, ProcessedEvent, ProcessedEvents
from ordering.repositories.reconciliation import Reconciliation
from ordering.repositories.removals import Removal, Removals
from ordering.resilience import circuit
from ordering.resilience.circuit import PAYMENTS
from ordering.resilience.diagnosis import FaultKind
from tests.handlers.notify_customer.notifying import notify, transition_event
from tests.handlers.test_unknown_attributes import spoil
from tests.support.attributes import ONE_OF_EACH, Attribute
from tests.support.driving import Machine, drive, ends, message
from tests.support.environment import TABLE
from tests.support.logs import Logs
from tests.support.orders import WAYS, follow
from tests.support.recorded import ISSUER
from tests.support.ses import prove_sender, sent
from tests.support.tables import dynamodb
from tests.support.world import Response, World, invoke

pytestmark = pytest.mark.usefixtures("cursor_secret")

EACH_TYPE: list[Attribute] = [*ONE_OF_EACH["L"], ONE_OF_EACH]
OUT_OF_BOUNDS: list[Attribute] = [{"S": "text"}, {"S": ""}, {"N": "-1"}, {"N": "0"}, {"L": []}, {"M": {}}]
ALICE = customer_id(ISSUER, "alice")
UNREADABLE = (500, ProblemType.UNREADABLE_RECORD.uri)

# Every kind of record, and the module that keeps it: one that is missing here is found below.
KINDS: list[type[msgspec.Struct]] = [
    *(Order, Payment, Shipment, Reservation, Product, Stock, StockEntry, Profile, Removal),
    *(ProcessedEvent, LeaseRecord, CircuitRecord, ProgressRecord, AuditRecord),
]


def outcome(answer: Response) -> tuple[int, Any]:
    return answer.status, answer.body["type"] if answer.status >= 400 else None


def counted(capsys: pytest.CaptureFixture[str]) -> int:
    """How often a record was counted as unreadable."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    return sum(unreadable.METRIC in line for line in lines)


def raw(key: keys.Key) -> dict[str, Any]:
    item: dict[str, Any] = dynamodb().get_item(TableName=TABLE, Key=encode_item(key))["Item"]
    return item


# -- records -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("attribute", EACH_TYPE, ids=lambda each: next(iter(each)))
def test_record_with_one_wrong_type_is_read_or_reported_as_unreadable(
    kind: type[msgspec.Struct], attribute: Attribute
) -> None:
    refused = set()
    for field in msgspec.structs.fields(kind):
        try:
            record_of({"PK": "A", "SK": "B", field.encode_name: decode(attribute)}, kind)
        except UnreadableRecord as error:
            refused.add(error.item)
    assert refused <= {"A/B"}


def test_report_of_an_unreadable_record_quotes_no_value(
    logs: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UnreadableRecord) as raised:
        record_of({"PK": "A", "SK": "B", "orderId": "1", "status": "tok_secret"}, Payment)
    assert "secret" not in f"{raised.value}{raised.value.__cause__}{raised.value.__context__}" + logs.text
    assert [line["item"] for line in logs.lines] == ["A/B"]
    assert counted(capsys) == 1


def test_unreadable_record_emits_no_metric_on_an_operator_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE")
    unreadable.report("A/B", "Product", "Expected `int`")
    assert counted(capsys) == 0


# -- the API -----------------------------------------------------------------------------------------------


@pytest.fixture
def shop(world: World) -> tuple[World, OrderId]:
    """A red and a blue mug, a profile, and an order of alice's on its way."""
    world.stocked().stocked("MUG-BLUE").with_profile("ada@example.com")
    order_id = world.place_order()
    follow(world, order_id, *WAYS["booked"])
    return world, order_id


def of_product(world: World) -> Iterator[Response]:
    path = {"sku": "MUG-RED"}
    body = {"name": "Mug", "price": {"amount": 1, "currency": "EUR"}}
    match = {"If-Match": "*"}
    yield world.api("get_product", "GET /products/{sku}", path=path)
    yield world.api("put_product", "PUT /products/{sku}", body, path=path, headers=match)
    yield world.api("delete_product", "DELETE /products/{sku}", path=path, headers=match)


def of_stock(world: World) -> Iterator[Response]:
    path, key = {"sku": "MUG-RED"}, {"Idempotency-Key": "another"}
    yield world.api("list_stock_entries", "GET /products/{sku}/stock", path=path)
    for change in ({"received": 1}, {"adjusted": -1, "reason": "lost"}):
        yield world.api("receive_stock", "POST /products/{sku}/stock", change, path=path, headers=key)


def of_order(world: World, order_id: OrderId) -> Iterator[Response]:
    path = {"orderId": order_id}
    yield world.api("get_order", "GET /orders/{orderId}", path=path)
    yield world.api("cancel_order", "POST /orders/{orderId}/cancel", path=path)
    yield world.api("admin_get_order", "GET /admin/orders/{orderId}", path=path)


def of_profile(world: World) -> Iterator[Response]:
    yield world.api("get_profile", "GET /customers/me")
    body = {"email": "bob@example.com"}
    yield world.api("put_profile", "PUT /customers/me", body, headers={"If-Match": "*"})


def test_unreadable_product_is_refused_by_name_but_its_stock_is_not(
    shop: tuple[World, OrderId], capsys: pytest.CaptureFixture[str]
) -> None:
    world, _ = shop
    spoil(keys.product(Sku("MUG-RED")), name={"SS": ["Mug"]})
    before = _scan()
    assert [outcome(each) for each in of_product(world)] == [UNREADABLE] * 3
    head = world.api("get_product", "HEAD /products/{sku}", path={"sku": "MUG-RED"})
    assert head.status == 500
    assert _scan() == before
    assert counted(capsys) >= 3
    assert [each.status for each in of_stock(world)][:2] == [200, 200]
    assert outcome(world.place()) == UNREADABLE
    listed = world.api("list_products", "GET /products").body
    assert [each["sku"] for each in listed["products"]] == ["MUG-BLUE"]
    assert listed["unreadable"] == ["MUG-RED"]


def test_unreadable_stock_is_refused_before_anything_is_written(
    shop: tuple[World, OrderId],
) -> None:
    world, _ = shop
    spoil(keys.stock(Sku("MUG-RED")), shipped={"S": "two"})
    before = _scan()
    assert {outcome(each) for each in (*of_stock(world), *of_product(world))} == {UNREADABLE}
    assert _scan() == before


def test_unreadable_ledger_entry_is_named_beside_the_readable_ones(
    shop: tuple[World, OrderId],
) -> None:
    world, _ = shop
    list(of_stock(world))
    spoil(keys.stock_entry(Sku("MUG-RED"), "another"), received={"BOOL": True})
    page = next(of_stock(world)).body
    assert page["unreadable"] == ["another"]
    assert [each["received"] for each in page["entries"]] == [10]


@pytest.mark.parametrize("kind", ["ORDER", "RESERVATION", "SHIPMENT", "PAYMENT#01", "ADDRESS"])
def test_unreadable_order_is_refused_by_name_and_is_404_for_others(
    shop: tuple[World, OrderId], kind: str
) -> None:
    """Guarantee 6, too: a stranger does not learn that there is such an order."""
    world, order_id = shop
    other = world.place_order()
    address: dict[str, Attribute] = {"address": {"N": "1"}}
    wrong: dict[str, Attribute] = address if kind == "ADDRESS" else {"version": {"NULL": True}}
    spoil({"PK": keys.order_partition(order_id), "SK": kind}, **wrong)
    before = _scan()
    assert [outcome(each) for each in of_order(world, order_id)] == [UNREADABLE] * 3
    assert _scan() == before
    path = {"orderId": order_id}
    stranger = world.api("get_order", "GET /orders/{orderId}", path=path, subject="mallory")
    assert stranger.status == 404
    listed = world.api("list_orders", "GET /orders").body
    assert [each["orderId"] for each in listed["orders"]] == (
        [other] if kind == "ORDER" else [other, order_id]
    )
    assert listed.get("unreadable", []) == ([order_id] if kind == "ORDER" else [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "name", "attribute"),
    [
        ("ORDER", "currency", {"S": "text"}),
        ("ORDER", "total", {"N": "-1"}),
        ("ORDER", "version", {"N": "0"}),
        ("ORDER", "customerId", {"S": "alice"}),
        ("ORDER", "createdAt", {"S": "yesterday"}),
        ("PAYMENT#01", "currency", {"S": "eur"}),
        ("PAYMENT#01", "amount", {"N": "-1"}),
        ("PAYMENT#01", "attempt", {"N": "0"}),
        ("SHIPMENT", "updatedAt", {"S": "2026-13-01T00:00:00.000Z"}),
    ],
)
def test_order_with_a_value_out_of_bounds_is_reported_as_unreadable(
    shop: tuple[World, OrderId], kind: str, name: str, attribute: Attribute
) -> None:
    """No response contains a value that the API's description excludes."""
    world, order_id = shop
    spoil({"PK": keys.order_partition(order_id), "SK": kind}, **{name: attribute})
    answer = world.api("admin_get_order", "GET /admin/orders/{orderId}", path={"orderId": order_id})
    assert outcome(answer) == UNREADABLE
    listed = world.api("list_orders", "GET /orders").body
    assert listed.get("unreadable", []) == ([order_id] if kind == "ORDER" else [])


@pytest.mark.parametrize(
    ("kind", "name", "attribute"),
    [
        ("PRODUCT", "sku", {"S": ""}),
        ("PRODUCT", "version", {"N": "0"}),
        ("STOCK", "available", {"N": "-1"}),
    ],
)
def test_product_with_a_value_out_of_bounds_is_reported_as_unreadable(
    shop: tuple[World, OrderId], kind: str, name: str, attribute: Attribute
) -> None:
    world, _ = shop
    key = keys.product(Sku("MUG-RED")) if kind == "PRODUCT" else keys.stock(Sku("MUG-RED"))
    spoil(key, **{name: attribute})
    assert outcome(next(of_product(world))) == UNREADABLE
    listed = world.api("list_products", "GET /products").body
    assert listed.get("unreadable", []) == (["MUG-RED"] if kind == "PRODUCT" else [])


def test_unreadable_profile_is_refused_by_name_and_can_be_removed(
    shop: tuple[World, OrderId],
) -> None:
    world, _ = shop
    spoil(keys.profile(ALICE), email={"B": b"\xff"})
    assert [outcome(each) for each in of_profile(world)] == [UNREADABLE] * 2
    assert world.api("delete_profile", "DELETE /customers/me").status == 204
    assert world.api("get_profile", "GET /customers/me").status == 404


def test_unreadable_removal_starts_again(shop: tuple[World, OrderId]) -> None:
    world, _ = shop
    Removals(world.table).ask(ALICE)
    spoil(keys.removal(ALICE), until={"N": "1"}, begunAt={"SS": ["a"]})
    assert world.api("delete_profile", "DELETE /customers/me").status == 204
    found = Removals(world.table).find(ALICE)
    assert found
    assert found.waits


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_wrong_type_or_value_of_any_attribute_causes_an_unnamed_fault(
    shop: tuple[World, OrderId], data: st.DataObject
) -> None:
    world, order_id = shop
    kept = {(item["PK"]["S"], item["SK"]["S"]): item for item in _scan()}
    key = data.draw(st.sampled_from(sorted(kept)))
    names = sorted(kept[key].keys() - {"PK", "SK", "GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK"})
    name, attribute = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(EACH_TYPE + OUT_OF_BOUNDS))
    try:
        dynamodb().put_item(TableName=TABLE, Item=kept[key] | {name: attribute})
        answers = [
            *(next(of_product(world)), next(of_stock(world)), next(of_profile(world))),
            *(each for each in of_order(world, order_id)),
            world.api("list_orders", "GET /orders"),
            world.api("list_products", "GET /products"),
            world.api("admin_list_open_orders", "GET /admin/orders", query={"openForMinutes": "0"}),
        ]
        assert not {outcome(each) for each in answers if each.status >= 500} - {UNREADABLE}, (key, name)
        assert {each.status for each in answers[-3:]} == {200}
        blue = world.api("get_product", "GET /products/{sku}", path={"sku": "MUG-BLUE"})
        assert blue.status == 200 or "MUG-BLUE" in key[0]
    finally:
        for item in kept.values():
            dynamodb().put_item(TableName=TABLE, Item=item)


def _scan() -> list[dict[str, Any]]:
    return [
        item for page in dynamodb().get_paginator("scan").paginate(TableName=TABLE) for item in page["Items"]
    ]


# -- the saga, the sweep, the events -----------------------------------------------------------------------


def test_unreadable_order_is_parked_and_others_of_its_batch_are_driven(
    world: World, machine: Machine
) -> None:
    """By its notes, which can be read whatever else it holds."""
    odd, other = world.stocked().place_order(), world.place_order()
    spoil(keys.order(odd), total={"N": "0.5"}, attempts={"SS": ["one"]})
    cause = json.dumps(
        {"errorType": "UnreadableRecord", "errorMessage": "ORDER#1/ORDER is not a valid Order"}
    )
    machine.endings = {odd: ends("FAILED", error="UnreadableRecord", cause=cause)}
    hour = {"at": ago(minutes=1), "since": ago(hours=3), "count": 9}
    noted = OrderFault(cause="before", kind=FaultKind.ORDER, **hour)  # type: ignore[arg-type]
    assert Reconciliation(world.table).note_fault(odd, noted, nudged_at=now())
    Health(world.table).note_end(now())
    Health(world.table).note_failure(now())
    assert drive(message(odd), message(other)) == ["message-0"]
    assert raw(keys.order(odd))["GSI2PK"]["S"].startswith("PARKED#")
    assert raw(keys.order(other))["GSI2PK"]["S"].startswith("OPEN#")


def test_sweep_drives_an_order_whose_notes_are_unreadable(world: World) -> None:
    client("sqs").create_queue(QueueName="orders")
    odd, other = world.stocked().place_order(), world.place_order()
    for order_id in (odd, other):
        world.table.update(keys.order(order_id), "SET GSI2SK = :at", values={":at": ago(hours=1)})
    spoil(keys.order(odd), attempts={"SS": ["one"]}, nudgedAt={"BOOL": True})
    assert invoke("scheduled.reconcile_orders", {})["redriven"] == 2


def test_steps_of_another_order_continue_beside_an_unreadable_one(world: World) -> None:
    odd, other = world.stocked().place_order(), world.place_order()
    spoil(keys.order(odd), lines={"M": {}})
    with pytest.raises(UnreadableRecord):
        world.step("load_order", odd)
    follow(world, other, *WAYS["fulfilled"])
    assert world.details(other).order.status == "FULFILLED"


@pytest.mark.slow
@pytest.mark.parametrize("wrong", ["order", "profile", "record"])
def test_customer_gets_an_email_beside_an_unreadable_record_of_another(
    world: World, wrong: str, calls: Any
) -> None:
    prove_sender()
    calls.always("ChangeMessageVisibility", lambda parameters, send: {})
    world.with_profile("ada@example.com").with_profile("bob@example.com", subject="bob")
    odd = world.stocked().place_order()
    other = OrderId(world.place(key="of-bob", subject="bob").body["orderId"])
    for order_id in (odd, other):
        follow(world, order_id, *WAYS["fulfilled"])
    event = transition_event(world, odd)
    match wrong:
        case "order":
            spoil(keys.order(odd), total={"BOOL": True})
        case "profile":
            spoil(keys.profile(ALICE), email={"NULL": True})
        case _:
            consumer = ProcessedEvents(world.table, "notify_customer")
            detail = event
            assert isinstance(consumer.claim(detail), Claim)
            key = keys.consumed("notify_customer", keys.changed_item(detail), keys.change(detail))
            spoil(key, claimedUntil={"SS": ["x"]})
    assert notify(event) != []
    assert notify(transition_event(world, other)) == []
    assert len(sent()) == 1


def test_unreadable_record_of_one_event_does_not_block_another(world: World) -> None:
    order_id = world.stocked().place_order()
    follow(world, order_id, *WAYS["fulfilled"])
    happened = transition_event(world, order_id)
    item = keys.changed_item(happened)
    key = keys.consumed("notify_customer", item, f"{item}#1#OrderPlaced")
    strange = {"eventVersion": {"S": "many"}, "claimedUntil": {"N": "0.5"}, "handledAt": {"NULL": True}}
    dynamodb().put_item(TableName=TABLE, Item=encode_item(key) | strange)
    assert isinstance(ProcessedEvents(world.table, "notify_customer").claim(happened), Claim)


# -- hints -------------------------------------------------------------------------------------------------

_TERMS = {"now": 1_000, "until": 2_000, "message_until": 3_000}


@pytest.mark.parametrize("attribute", EACH_TYPE, ids=lambda each: next(iter(each)))
@pytest.mark.parametrize("name", ["holder", "heldUntil", "messageUntil", "version"])
def test_unreadable_lease_is_replaced(world: World, name: str, attribute: Attribute) -> None:
    leases = Leases(world.table)
    leases.take("1", "dead", **_TERMS)
    spoil(keys.lease("1"), **{name: attribute})
    taken = leases.take("1", "alive", **(_TERMS | {"now": 10_000, "until": 20_000}))
    assert isinstance(taken, Lease)
    assert leases.in_flight(["1", "2"], now=0) == {"1"}
    assert isinstance(leases.take("1", "late", **(_TERMS | {"now": 11_000})), Held)


@pytest.mark.parametrize("attribute", EACH_TYPE, ids=lambda each: next(iter(each)))
@pytest.mark.parametrize("name", ["circuit", "version"])
def test_unreadable_circuit_counts_as_closed_and_is_replaced(
    world: World, name: str, attribute: Attribute
) -> None:
    health = Health(world.table)

    def fails(number: int) -> None:
        health.change(PAYMENTS, lambda before: circuit.failed(before, f"{number}", milliseconds(), 0.5))

    fails(0)
    spoil(keys.circuit(PAYMENTS), **{name: attribute})
    assert health.read(now=milliseconds()).away is None
    for number in range(1, 9):
        fails(number)
    assert health.read(now=milliseconds()).away == PAYMENTS


@pytest.mark.slow
@pytest.mark.parametrize("attribute", EACH_TYPE, ids=lambda each: next(iter(each)))
@pytest.mark.parametrize("name", ["failedAt", "endedAt", "version"])
def test_unreadable_progress_counts_as_none_and_is_replaced(
    world: World, name: str, attribute: Attribute
) -> None:
    health = Health(world.table)
    health.note_end(now())
    spoil(keys.progress(), **{name: attribute})
    readings = health.read(now=milliseconds())
    assert all(at is None or isinstance(at, str) for at in (readings.failed_at, readings.ended_at))
    health.note_end(at := now())
    health.note_failure(at)
    Orders(world.table).find(OrderId("none"))
