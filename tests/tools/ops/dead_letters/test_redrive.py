"""`redrive` sends dead letters to their original target, and never loses one."""

import pytest

from ordering.dead_letters.sources import SqsSource
from tests.support.environment import ACCOUNT, REGION
from tests.support.orders import an_order, follow
from tests.tools.ops.deployed import Deployed

DEAD = "OrderDeadLetterQueueUrl"


def test_an_order_s_message_goes_back_to_the_order_queue(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    letter = deployed.dead(order_id)
    ran = deployed.ops("redrive", "--all", "--yes")
    assert ran.status == 0
    assert f"done   {letter}  order {order_id}: sends it to the order queue (PENDING)" in ran.out
    assert "1 dead letter done, none left" in ran.out
    assert deployed.in_queue("OrderQueueUrl") == [{"orderId": order_id}]
    assert deployed.in_queue(DEAD) == []


def test_only_the_order_that_is_named_is_redriven(deployed: Deployed) -> None:
    red, blue = an_order(deployed.world), deployed.world.place_order()
    deployed.dead(red)
    deployed.dead(blue)
    assert deployed.ops("redrive", "--order", blue, "--yes").status == 0
    assert deployed.driven() == [blue]
    assert deployed.in_queue(DEAD) == [{"orderId": red}]


@pytest.mark.slow
def test_a_parked_order_is_unparked_first(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    deployed.park(order_id)
    deployed.dead(order_id)
    assert "unparks it and sends it" in deployed.ops("redrive", "--all", "--yes").out
    order = deployed.world.details(order_id).order
    assert (order.parked_at, order.reconcile_attempts) == (None, 0)
    assert deployed.driven() == [order_id]


def test_an_order_that_has_ended_since_is_not_driven_again(deployed: Deployed) -> None:
    deployed.dead(an_order(deployed.world, "fulfilled"))
    assert "removes it: the order is FULFILLED" in deployed.ops("redrive", "--all", "--yes").out
    assert deployed.driven() == []
    assert deployed.in_queue(DEAD) == []


@pytest.mark.slow
@pytest.mark.parametrize("body", [{"orderId": "nobody-s"}, {"order": "1"}])
def test_message_without_an_order_stays_and_the_exit_status_is_3(
    deployed: Deployed, body: dict[str, str]
) -> None:
    order_id = an_order(deployed.world)
    deployed.put(DEAD, body)
    deployed.dead(order_id)
    ran = deployed.ops("redrive", "--all", "--yes")
    assert ran.status == 3
    assert "`discard` it" in ran.out
    assert "1 dead letter done, 1 left" in ran.out
    assert deployed.driven() == [order_id]
    assert deployed.in_queue(DEAD) == [body]


def test_dry_run_shows_what_would_be_done_and_does_nothing(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    deployed.park(order_id)
    deployed.dead(order_id)
    deployed.dead("nobody-s")
    ran = deployed.ops("redrive", "--all", "--dry-run")
    assert ran.status == 0
    assert "→ unparks it and sends it to the order queue (PENDING)" in ran.out
    assert "→ stays: the order does not exist" in ran.out
    assert deployed.driven() == []
    assert len(deployed.in_queue(DEAD)) == 2
    assert deployed.world.details(order_id).order.parked_at


def test_nothing_is_done_without_a_terminal_to_confirm_it(deployed: Deployed) -> None:
    deployed.dead(an_order(deployed.world))
    ran = deployed.ops("redrive", "--all")
    assert ran.status == 1
    assert "nothing was done: the command needs a confirmation\n  do: add --yes" in ran.err
    assert deployed.driven() == []


@pytest.mark.parametrize(("typed", "status"), [("dev", 0), ("yes", 1), ("prod", 1), ("", 1)])
def test_the_stage_s_name_has_to_be_typed(
    deployed: Deployed, types: list[str], typed: str, status: int
) -> None:
    deployed.dead(an_order(deployed.world))
    types.append(typed)
    ran = deployed.ops("redrive", "--all")
    assert ran.status == status
    assert f"stage dev, account {ACCOUNT}, {REGION}" in ran.out
    assert len(deployed.driven()) == (status == 0)


@pytest.mark.slow
def test_a_message_is_sent_before_it_is_removed(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the command dies in between, the message is sent twice, but never lost."""
    order_id = an_order(deployed.world)
    deployed.dead(order_id)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(SqsSource, "remove", die)
        assert deployed.ops("redrive", "--all", "--yes").status == 130
    assert deployed.driven() == [order_id]
    assert deployed.in_queue(DEAD) == [{"orderId": order_id}], "and it is visible at once"
    assert deployed.ops("redrive", "--all", "--yes").status == 0
    assert deployed.driven() == [order_id, order_id]
    assert deployed.in_queue(DEAD) == []


@pytest.mark.usefixtures("types")
def test_message_that_arrives_during_the_confirmation_is_not_redriven(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(deployed.world)
    deployed.dead(order_id)

    def type_slowly(prompt: str) -> str:
        deployed.dead(order_id)
        return "dev"

    monkeypatch.setattr("builtins.input", type_slowly)
    assert deployed.ops("redrive", "--all").status == 0
    assert deployed.driven() == [order_id]
    assert deployed.in_queue(DEAD) == [{"orderId": order_id}]


@pytest.mark.slow
def test_redrive_keeps_to_its_rate(deployed: Deployed, slept: list[float]) -> None:
    for _ in range(4):
        deployed.dead(an_order(deployed.world))
    assert deployed.ops("redrive", "--all", "--yes", "--rate", "2/s").status == 0
    assert slept == [0.5, 0.5, 0.5]


@pytest.mark.parametrize("rate", ["0", "0.1", "101", "fast", "-1/s"])
def test_redrive_refuses_an_invalid_rate(deployed: Deployed, rate: str) -> None:
    assert deployed.ops("redrive", "--all", f"--rate={rate}").status == 2


def test_redrive_refuses_missed_sweeps_and_names_the_remedy(deployed: Deployed) -> None:
    deployed.put("MissedSweepsQueueUrl", "{}")
    ran = deployed.ops("redrive", "--queue", "sweeps", "--all", "--yes")
    assert ran.status == 1
    assert "the next sweep, a minute later, does its work" in ran.err
    assert "`discard --queue sweeps --all`" in ran.err
    assert len(deployed.in_queue("MissedSweepsQueueUrl")) == 1


def _undelivered(deployed: Deployed, order_id: str, target: str = "orders") -> None:
    deployed.put(
        "UndeliveredEventsQueueUrl",
        {"detail-type": "OrderPlaced", "detail": {"orderId": order_id, "eventId": "e"}},
        TARGET_ARN=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{target}",
        ERROR_CODE="NO_PERMISSIONS",
    )


def test_an_undelivered_event_drives_its_order_as_the_rule_would_have(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    _undelivered(deployed, order_id)
    assert deployed.ops("redrive", "--queue", "events", "--all", "--yes").status == 0
    assert deployed.in_queue("OrderQueueUrl") == [{"orderId": order_id}]
    assert deployed.in_queue("UndeliveredEventsQueueUrl") == []


def test_event_for_another_target_is_not_redriven(deployed: Deployed) -> None:
    _undelivered(deployed, an_order(deployed.world), target="mail")
    ran = deployed.ops("redrive", "--queue", "events", "--all", "--yes")
    assert ran.status == 3
    assert "its target was mail, not the order queue; `replay` to the rule of that target" in ran.out
    assert len(deployed.in_queue("UndeliveredEventsQueueUrl")) == 1


def test_redrive_of_an_empty_queue_asks_for_no_confirmation(deployed: Deployed) -> None:
    ran = deployed.ops("redrive", "--all")
    assert (ran.status, ran.err) == (0, "")


@pytest.mark.slow
def test_redriven_order_reaches_its_end(deployed: Deployed) -> None:
    """The redriven message has only the order id: `drive_order` reads nothing else."""
    order_id = an_order(deployed.world, "confirmed")
    deployed.dead(order_id)
    deployed.ops("redrive", "--all", "--yes")
    (message,) = deployed.in_queue("OrderQueueUrl")
    assert set(message) == {"orderId"}
    follow(deployed.world, message["orderId"], "capture_payment", "book_shipment", "complete_order")
    assert deployed.world.details(order_id).order.status == "FULFILLED"


@pytest.mark.slow
def test_webhook_delivery_is_sent_to_its_queue_again(deployed: Deployed) -> None:
    named = {"customerId": "c", "webhookId": "w", "orderId": "o", "family": "ORDER01", "sequence": 1}
    deployed.put("WebhookDeliveriesDeadLetterQueueUrl", named | {"eventId": "e"})
    deployed.put("WebhookDeliveriesDeadLetterQueueUrl", {"orderId": "o"})
    listed = deployed.ops("dlq", "--queue", "webhook-deliveries").out
    assert "event e for the webhook endpoint w" in listed
    assert deployed.ops("redrive", "--queue", "webhook-deliveries", "--all", "--yes").status == 3
    (sent,) = deployed.in_queue("WebhookDeliveriesQueueUrl")
    assert "e" in str(sent)
    assert len(deployed.in_queue("WebhookDeliveriesDeadLetterQueueUrl")) == 1


def test_job_of_a_customer_is_sent_to_its_queue_again(deployed: Deployed) -> None:
    deployed.put("CustomerJobsDeadLetterQueueUrl", {"customerId": "c", "job": "EXPORT"})
    deployed.put("CustomerJobsDeadLetterQueueUrl", {"customerId": "c", "job": "LATER"})
    listed = deployed.ops("dlq", "--queue", "customer-jobs").out
    assert "the export of the data of customer c" in listed
    assert deployed.ops("redrive", "--queue", "customer-jobs", "--all", "--yes").status == 3
    assert deployed.in_queue("CustomerJobsQueueUrl") == [{"customerId": "c", "job": "EXPORT"}]
    assert len(deployed.in_queue("CustomerJobsDeadLetterQueueUrl")) == 1
    discarded = deployed.ops("discard", "--queue", "customer-jobs", "--all", "--yes")
    assert "it names no job" in discarded.out
