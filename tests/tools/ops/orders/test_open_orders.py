"""The commands `open`, `parked`, `unpark` and `drive`."""

import pytest

from ordering.repositories.keys import order_keys
from tests.support.orders import an_order, overwrite
from tests.tools.ops.deployed import Deployed

OLD = "2026-01-01T00:00:00.000Z"


@pytest.mark.slow
def test_open_lists_the_longest_unchanged_order_first(deployed: Deployed) -> None:
    new, old = an_order(deployed.world), deployed.world.place_order()
    overwrite(deployed.world, order_keys.order(old), GSI2SK=OLD, updatedAt=OLD, createdAt=OLD, attempts=2)
    ended = an_order(deployed.world, "fulfilled")
    out = deployed.ops("open").out
    assert "2 open orders, the longest unchanged first" in out
    assert out.index(old) < out.index(new)
    assert ended not in out
    assert "2" in out


def test_open_lists_only_orders_unchanged_for_so_long(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    assert order_id in deployed.ops("open", "--minutes", "0").out
    out = deployed.ops("open", "--minutes", "20").out
    assert "no open orders unchanged for 20 min or longer" in out


@pytest.mark.slow
def test_open_says_when_its_list_is_cut(deployed: Deployed) -> None:
    for _ in range(3):
        deployed.world.stocked().place_order()
    assert "there may be more: --limit 20" in deployed.ops("open", "--limit", "2").out


def test_open_says_how_many_messages_the_order_queue_holds(deployed: Deployed) -> None:
    deployed.put("OrderQueueUrl", {"orderId": "a"})
    deployed.put("OrderQueueUrl", {"orderId": "b"})
    deployed.sqs.receive_message(QueueUrl=deployed.outputs["OrderQueueUrl"], MaxNumberOfMessages=1)
    assert "holds 1 message to be driven, and 1 in flight" in deployed.ops("open").out


@pytest.mark.slow
def test_parked_lists_orders_with_their_cause(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, "reserved")
    deployed.fault(order_id, "ExecutionFailed: TIMED_OUT: no error: no cause")
    deployed.park(order_id)
    an_order(deployed.world)
    out = deployed.ops("parked").out
    assert "1 parked order," in out
    assert order_id in out
    assert "ExecutionFailed: TIMED_OUT: no error: no cause" in out


@pytest.mark.slow
def test_unparked_order_is_returned_to_the_sweep(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    deployed.park(order_id)
    assert order_id not in deployed.ops("open").out
    ran = deployed.ops("unpark", order_id, "--yes")
    assert ran.status == 0
    assert "the sweep drives it within" in ran.out
    assert order_id in deployed.ops("open").out
    assert deployed.driven() == []


def test_unpark_refuses_an_order_that_is_not_parked(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    ran = deployed.ops("unpark", order_id, "--yes")
    assert ran.status == 1
    assert "is PENDING and not parked" in ran.err


def test_drive_sends_an_order_to_the_order_queue(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    assert deployed.ops("drive", order_id, "--yes").status == 0
    assert deployed.in_queue("OrderQueueUrl") == [{"orderId": order_id}]


@pytest.mark.slow
def test_a_parked_order_is_unparked_before_it_is_driven(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    deployed.park(order_id)
    ran = deployed.ops("drive", order_id, "--yes")
    assert "unparked and sent to the order queue" in ran.out
    assert deployed.driven() == [order_id]
    assert order_id in deployed.ops("open").out


def test_drive_refuses_an_ended_order(deployed: Deployed) -> None:
    ran = deployed.ops("drive", an_order(deployed.world, "fulfilled"), "--yes")
    assert ran.status == 1
    assert "has ended: it is FULFILLED" in ran.err
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


@pytest.mark.slow
def test_order_of_another_release_is_unreadable_and_hides_no_other(deployed: Deployed) -> None:
    """The other orders are shown and driven as usual."""
    good, strange = an_order(deployed.world), deployed.world.place_order()
    for order_id in (good, strange):
        deployed.park(order_id)
        deployed.dead(order_id)
    overwrite(deployed.world, order_keys.order(strange), status="LOST")
    for command in ("show", "drive"):
        ran = deployed.ops(command, strange)
        assert ran.status == 1
        assert "a format that this release does not know" in ran.err
        assert "do: use `orders-ops` from a checkout of the deployed release" in ran.err
    for command in ("dlq", "parked"):
        out = deployed.ops(command).out
        assert "the order is PENDING" in out
        assert f"the order {strange} has a format" in out
    assert deployed.ops("redrive", "--all", "--yes").status == 3
    assert deployed.driven() == [good]
