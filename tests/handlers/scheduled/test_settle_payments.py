"""The sweep voids or refunds a payment that is still open although its order has ended. Guarantee 3."""

import pytest

from lambdas.scheduled import reconcile_orders
from ordering.domain.clock import ago
from ordering.domain.order import OrderId
from ordering.domain.payment import Payment, PaymentStatus
from ordering.providers.faults import GatewayUnavailable
from ordering.providers.payments import PaymentAnswer
from ordering.repositories.keys import order_keys
from tests.handlers.scheduled.sweeping import closed_but_owing, sweep
from tests.support.logs import Logs
from tests.support.world import Context, World, invoke


def payment_of(world: World, order_id: OrderId) -> Payment:
    payment = world.details(order_id).payment
    assert payment
    return payment


@pytest.mark.usefixtures("queue")
def test_open_payment_of_a_closed_order_is_given_back(world: World) -> None:
    order_id = closed_but_owing(world.stocked())
    assert sweep()["settled"] == 1
    assert payment_of(world, order_id).status is PaymentStatus.VOIDED
    assert [record["status"] for record in world.provider_records() if "token" in record] == ["VOIDED"]
    assert sweep()["settled"] == 0


@pytest.mark.slow
@pytest.mark.usefixtures("queue")
def test_payment_that_cannot_be_settled_blocks_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    monkeypatch.setattr(reconcile_orders, "BATCH", 1)
    hopeless = closed_but_owing(world.stocked())
    payment_id = payment_of(world, hopeless).payment_id
    void = reconcile_orders.gateway.void

    def refuses_one(asked: str) -> PaymentAnswer:
        if asked == payment_id:
            raise GatewayUnavailable
        return void(asked)

    monkeypatch.setattr(reconcile_orders.gateway, "void", refuses_one)
    assert sweep() == {"redriven": 0, "settled": 0, "unsettled": 1, "refunded": 0, "unrefunded": 0}
    (line,) = [line for line in logs.lines if line["message"] == "payment not settled"]
    ids = world.details(hopeless).order.ids
    assert ids
    assert line["order_id"] == hopeless
    assert (line["correlation_id"], line["trace_id"]) == (ids.correlation_id, ids.trace_id)
    another = closed_but_owing(world)
    assert sweep()["settled"] == 1
    assert payment_of(world, another).status is PaymentStatus.VOIDED
    assert payment_of(world, hopeless).status is PaymentStatus.AUTHORISED


@pytest.mark.slow
@pytest.mark.usefixtures("queue")
def test_payment_of_an_open_order_is_left_to_its_saga(world: World) -> None:
    order_id = world.stocked().place_order()
    world.step("reserve_stock", order_id)
    world.step("authorise_payment", order_id)
    world.table.update(order_keys.payment(order_id, 1), "SET GSI2SK = :at", values={":at": ago(hours=1)})
    assert sweep()["settled"] == 0
    assert payment_of(world, order_id).status is PaymentStatus.AUTHORISED


@pytest.mark.usefixtures("queue")
def test_settlement_of_a_payment_is_not_started_without_time_left(world: World) -> None:
    order_id = closed_but_owing(world.stocked())
    invoke("scheduled.reconcile_orders", {}, Context(remaining_milliseconds=19_999))
    assert payment_of(world, order_id).status is PaymentStatus.AUTHORISED
    invoke("scheduled.reconcile_orders", {}, Context(remaining_milliseconds=20_000))
    assert payment_of(world, order_id).status is PaymentStatus.VOIDED
