"""Pick lists that the warehouse did not delete: they are found by the stack's outputs, and sent again."""

from typing import Any

import pytest

from tests.tools.ops.deployed import Deployed

BODY = {"schemaVersion": 1, "orderId": "o-1", "lines": [{"sku": "MUG-RED", "name": "Mug", "quantity": 2}]}


@pytest.fixture
def with_warehouse(deployed: Deployed) -> Deployed:
    """The stage, with the two queues of pick lists."""
    added = {
        output: deployed.sqs.create_queue(QueueName=name)["QueueUrl"]
        for output, name in (
            ("PickListsQueueUrl", "pick-lists"),
            ("PickListsDeadLetterQueueUrl", "given-up-pick-lists"),
        )
    }
    deployed.stacks["orders-dev-events"].update(added)
    deployed.outputs |= added
    return deployed


def test_pick_list_that_was_given_up_is_listed_with_its_order(with_warehouse: Deployed) -> None:
    with_warehouse.put("PickListsDeadLetterQueueUrl", BODY)
    listed = with_warehouse.ops("dlq", "--queue", "pick-lists")
    assert listed.status == 0, listed.err
    assert "pick list of order o-1" in listed.out
    assert "pick lists that the warehouse did not delete" in listed.out


def test_redriven_pick_list_is_in_the_queue_of_the_warehouse_again(with_warehouse: Deployed) -> None:
    with_warehouse.put("PickListsDeadLetterQueueUrl", BODY)
    assert with_warehouse.ops("redrive", "--queue", "pick-lists", "--all", "--yes").status == 0
    assert with_warehouse.in_queue("PickListsQueueUrl") == [BODY]
    assert with_warehouse.in_queue("PickListsDeadLetterQueueUrl") == []


@pytest.mark.parametrize("body", ["no JSON", "[]", {"orderId": 7}, {"lines": []}])
def test_message_that_is_no_pick_list_is_kept_until_it_is_discarded(
    with_warehouse: Deployed, body: Any
) -> None:
    with_warehouse.put("PickListsDeadLetterQueueUrl", body)
    assert with_warehouse.ops("redrive", "--queue", "pick-lists", "--all", "--yes").status == 3
    assert with_warehouse.ops("discard", "--queue", "pick-lists", "--all", "--yes").status == 0
    assert with_warehouse.in_queue("PickListsQueueUrl") == []


def test_discarding_a_pick_list_says_that_its_order_is_paid(with_warehouse: Deployed) -> None:
    with_warehouse.put("PickListsDeadLetterQueueUrl", BODY)
    ran = with_warehouse.ops("discard", "--queue", "pick-lists", "--all", "--yes")
    assert "the warehouse gets no pick list of order o-1, which is paid" in ran.out


def test_stage_without_a_warehouse_has_no_queue_of_pick_lists(deployed: Deployed) -> None:
    assert deployed.ops("dlq", "--queue", "pick-lists").status == 2
