"""Single orders: those that are open, those that are parked, and driving one on."""

import pytest

from ordering.repositories import keys
from tests.support.orders import an_order, overwrite
from tests.tools.ops.deployed import Deployed

OLD = "2026-01-01T00:00:00.000Z"


def test_open_orders_are_listed_the_longest_waiting_first(deployed: Deployed) -> None:
    new, old = an_order(deployed.world), deployed.world.place_order()
    overwrite(deployed.world, keys.order(old), GSI2SK=OLD, updatedAt=OLD, createdAt=OLD, attempts=2)
    ended = an_order(deployed.world, "fulfilled")
    out = deployed.ops("open").out
    assert "2 open orders without a move for 0 min or more" in out
    assert out.index(old) < out.index(new)
    assert ended not in out
    assert "driven on 2 times" in out


def test_only_orders_that_stand_still_long_enough_are_listed(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    assert order_id in deployed.ops("open", "--minutes", "0").out
    out = deployed.ops("open", "--minutes", "20").out
    assert "no open orders without a move for 20 min or more" in out


def test_a_cut_list_says_so(deployed: Deployed) -> None:
    for _ in range(3):
        deployed.world.stocked().place_order()
    assert "and perhaps more: --limit 20" in deployed.ops("open", "--limit", "2").out


def test_it_is_said_how_much_the_order_queue_holds(deployed: Deployed) -> None:
    deployed.put("OrderQueueUrl", {"orderId": "a"})
    deployed.put("OrderQueueUrl", {"orderId": "b"})
    deployed.sqs.receive_message(QueueUrl=deployed.outputs["OrderQueueUrl"], MaxNumberOfMessages=1)
    assert "holds 1 message to be driven, and 1 being driven or put off" in deployed.ops("open").out


def test_parked_orders_are_listed_with_their_cause(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, "reserved")
    deployed.fault(order_id, "ExecutionFailed: TIMED_OUT: no error: no cause")
    deployed.park(order_id)
    an_order(deployed.world)
    out = deployed.ops("parked").out
    assert "1 parked order," in out
    assert order_id in out
    assert "ExecutionFailed: TIMED_OUT: no error: no cause" in out


def test_an_unparked_order_is_the_sweep_s_again(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    deployed.park(order_id)
    assert order_id not in deployed.ops("open").out
    ran = deployed.ops("unpark", order_id, "--yes")
    assert ran.status == 0
    assert "the sweep drives it on" in ran.out
    assert order_id in deployed.ops("open").out
    assert deployed.driven() == []


def test_what_is_not_parked_is_not_unparked(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    ran = deployed.ops("unpark", order_id, "--yes")
    assert ran.status == 1
    assert "is PENDING and not parked" in ran.err


def test_an_order_is_driven(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    assert deployed.ops("drive", order_id, "--yes").status == 0
    assert deployed.in_queue("OrderQueueUrl") == [{"orderId": order_id}]


def test_a_parked_order_is_unparked_before_it_is_driven(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    deployed.park(order_id)
    ran = deployed.ops("drive", order_id, "--yes")
    assert "unparked and sent to the order queue" in ran.out
    assert deployed.driven() == [order_id]
    assert order_id in deployed.ops("open").out


def test_an_ended_order_is_not_driven(deployed: Deployed) -> None:
    ran = deployed.ops("drive", an_order(deployed.world, "fulfilled"), "--yes")
    assert ran.status == 1
    assert "is FULFILLED, at its end" in ran.err
    assert deployed.driven() == []


@pytest.mark.parametrize("command", ["show", "drive", "unpark"])
def test_an_order_that_does_not_exist_is_said_not_to(deployed: Deployed, command: str) -> None:
    ran = deployed.ops(command, "nobody-s")
    assert ran.status == 1
    assert "stage dev has no order nobody-s" in ran.err
    assert "do: check the id" in ran.err


@pytest.mark.parametrize("command", ["drive", "unpark"])
def test_it_asks_first(deployed: Deployed, types: list[str], command: str) -> None:
    order_id = an_order(deployed.world)
    deployed.park(order_id)
    types.append("prod")
    assert deployed.ops(command, order_id).status == 1
    assert deployed.world.details(order_id).order.parked_at
    assert deployed.driven() == []


def test_an_order_that_another_release_wrote_is_said_to_be_unreadable(deployed: Deployed) -> None:
    """And hides nothing else: what can be read is shown, what can be driven is driven."""
    good, strange = an_order(deployed.world), deployed.world.place_order()
    for order_id in (good, strange):
        deployed.park(order_id)
        deployed.dead(order_id)
    overwrite(deployed.world, keys.order(strange), status="LOST")
    for command in ("show", "drive"):
        ran = deployed.ops(command, strange)
        assert ran.status == 1
        assert "in a shape that this release does not know" in ran.err
        assert "do: run this from a checkout of the deployed release" in ran.err
    for command in ("dlq", "parked"):
        out = deployed.ops(command).out
        assert "the order is PENDING" in out
        assert f"the order {strange} is in a shape" in out
    assert deployed.ops("redrive", "--all", "--yes").status == 3
    assert deployed.driven() == [good]
