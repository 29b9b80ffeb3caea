"""Redriving: what was given up goes where it should have gone, and is lost at no moment."""

import json
from typing import Any

import pytest

from ops.piles import QueuePile
from ordering.aws.event_bus import EventBus, PublishResult
from tests.support.environment import ACCOUNT, REGION
from tests.support.orders import an_order, follow
from tests.support.recorded import placed_order_image, stream_event
from tests.tools.ops.deployed import BUCKET, BUS, Deployed

DEAD = "OrderDeadLetterQueueUrl"


def _heard(deployed: Deployed) -> Any:
    """Whatever is put on the bus from now on, brought to a queue."""
    url = deployed.sqs.create_queue(QueueName="heard")["QueueUrl"]
    deployed.events.put_rule(Name="all", EventBusName=BUS, EventPattern='{"source": ["orders"]}')
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:heard"
    deployed.events.put_targets(Rule="all", EventBusName=BUS, Targets=[{"Id": "1", "Arn": arn}])
    deployed.outputs["Heard"] = url
    return lambda: sorted(event["detail"]["eventId"] for event in deployed.in_queue("Heard"))


def test_an_order_s_message_goes_back_to_the_order_queue(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    letter = deployed.dead(order_id)
    ran = deployed.ops("redrive", "--all", "--yes")
    assert ran.status == 0
    assert f"done   {letter}  order {order_id}: sends it to the order queue (PENDING)" in ran.out
    assert "1 letter done, none left" in ran.out
    assert deployed.in_queue("OrderQueueUrl") == [{"orderId": order_id}]
    assert deployed.in_queue(DEAD) == []


def test_only_the_order_that_is_named_is_redriven(deployed: Deployed) -> None:
    red, blue = an_order(deployed.world), deployed.world.place_order()
    deployed.dead(red)
    deployed.dead(blue)
    assert deployed.ops("redrive", "--order", blue, "--yes").status == 0
    assert deployed.driven() == [blue]
    assert deployed.in_queue(DEAD) == [{"orderId": red}]


def test_a_parked_order_is_unparked_first(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    deployed.park(order_id)
    deployed.dead(order_id)
    assert "unparks it and sends it" in deployed.ops("redrive", "--all", "--yes").out
    order = deployed.world.details(order_id).order
    assert (order.parked_at, order.attempts) == (None, 0)
    assert deployed.driven() == [order_id]


def test_an_order_that_has_ended_since_is_not_driven_again(deployed: Deployed) -> None:
    deployed.dead(an_order(deployed.world, "fulfilled"))
    assert "removes it: the order is FULFILLED" in deployed.ops("redrive", "--all", "--yes").out
    assert deployed.driven() == []
    assert deployed.in_queue(DEAD) == []


@pytest.mark.parametrize("body", [{"orderId": "nobody-s"}, {"order": "1"}])
def test_what_names_no_order_stays_and_the_status_says_so(deployed: Deployed, body: dict[str, str]) -> None:
    order_id = an_order(deployed.world)
    deployed.put(DEAD, body)
    deployed.dead(order_id)
    ran = deployed.ops("redrive", "--all", "--yes")
    assert ran.status == 3
    assert "`discard` it" in ran.out
    assert "1 letter done, 1 left" in ran.out
    assert deployed.driven() == [order_id]
    assert deployed.in_queue(DEAD) == [body]


def test_a_dry_run_says_what_would_be_done_and_does_nothing(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    deployed.park(order_id)
    deployed.dead(order_id)
    deployed.dead("nobody-s")
    ran = deployed.ops("redrive", "--all", "--dry-run")
    assert ran.status == 0
    assert "→ unparks it and sends it to the order queue (PENDING)" in ran.out
    assert "→ stays: the table holds no such order" in ran.out
    assert deployed.driven() == []
    assert len(deployed.in_queue(DEAD)) == 2
    assert deployed.world.details(order_id).order.parked_at


def test_nothing_is_done_where_nobody_can_confirm_it(deployed: Deployed) -> None:
    deployed.dead(an_order(deployed.world))
    ran = deployed.ops("redrive", "--all")
    assert ran.status == 1
    assert "nothing was done: somebody has to confirm it\n  do: add --yes" in ran.err
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


def test_a_message_is_sent_before_it_is_removed(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever dies in between leaves it where it was: it is sent twice, and never lost."""
    order_id = an_order(deployed.world)
    deployed.dead(order_id)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(QueuePile, "remove", die)
        assert deployed.ops("redrive", "--all", "--yes").status == 130
    assert deployed.driven() == [order_id]
    assert deployed.in_queue(DEAD) == [{"orderId": order_id}], "and anybody can see it at once"
    assert deployed.ops("redrive", "--all", "--yes").status == 0
    assert deployed.driven() == [order_id, order_id]
    assert deployed.in_queue(DEAD) == []


@pytest.mark.usefixtures("types")
def test_what_comes_in_meanwhile_is_left_to_be_looked_at(
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


def test_no_more_go_in_a_second_than_is_asked_for(deployed: Deployed, slept: list[float]) -> None:
    for _ in range(4):
        deployed.dead(an_order(deployed.world))
    assert deployed.ops("redrive", "--all", "--yes", "--rate", "2/s").status == 0
    assert slept == [0.5, 0.5, 0.5]


@pytest.mark.parametrize("rate", ["0", "0.1", "101", "fast", "-1/s"])
def test_a_rate_that_makes_no_sense_is_refused(deployed: Deployed, rate: str) -> None:
    with pytest.raises(SystemExit) as refused:
        deployed.ops("redrive", "--all", f"--rate={rate}")
    assert refused.value.code == 2


def test_missed_sweeps_are_not_redriven_and_it_says_what_to_do_instead(deployed: Deployed) -> None:
    deployed.put("MissedSweepsQueueUrl", "{}")
    ran = deployed.ops("redrive", "--queue", "sweeps", "--all", "--yes")
    assert ran.status == 1
    assert "the next one, a minute later, does its work" in ran.err
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


def test_an_event_meant_for_somebody_else_stays(deployed: Deployed) -> None:
    _undelivered(deployed, an_order(deployed.world), target="mail")
    ran = deployed.ops("redrive", "--queue", "events", "--all", "--yes")
    assert ran.status == 3
    assert "it was meant for mail, not for the order queue; `replay` the rule that feeds that" in ran.out
    assert len(deployed.in_queue("UndeliveredEventsQueueUrl")) == 1


def _parked(deployed: Deployed, *changes: tuple[Any, Any]) -> None:
    for record in stream_event(*changes)["Records"]:
        deployed.put("ParkedChangesQueueUrl", {"cause": "ValueError: whatever", "record": record})


def test_a_parked_change_is_published_under_the_id_it_would_have_had(deployed: Deployed) -> None:
    heard = _heard(deployed)
    image = placed_order_image()
    _parked(deployed, (None, image))
    event_id = f"{image['PK']['S']}/ORDER#1#OrderPlaced"
    ran = deployed.ops("redrive", "--queue", "changes", "--all", "--yes")
    assert ran.status == 0
    assert f"publishes {event_id}" in ran.out
    assert heard() == [event_id]
    assert deployed.in_queue("ParkedChangesQueueUrl") == []


def test_a_change_that_is_still_unreadable_stays_and_tells_no_secret(deployed: Deployed) -> None:
    heard = _heard(deployed)
    lost = placed_order_image() | {"status": {"S": "tok_secret"}, "paymentToken": {"S": "tok_secret"}}
    _parked(deployed, (None, lost))
    ran = deployed.ops("redrive", "--queue", "changes", "--all", "--yes")
    assert ran.status == 3
    assert "this release cannot read it either (MalformedChange" in ran.out
    assert "tok_secret" not in ran.out
    assert heard() == []
    assert len(deployed.in_queue("ParkedChangesQueueUrl")) == 1


def test_a_change_of_which_nothing_is_told_is_removed(deployed: Deployed) -> None:
    image = placed_order_image()
    _parked(deployed, (image, image))
    assert (
        "removes it: it is nothing that is told"
        in deployed.ops("redrive", "--queue", "changes", "--all", "--yes").out
    )
    assert deployed.in_queue("ParkedChangesQueueUrl") == []


def test_a_change_that_the_bus_refuses_stays(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EventBus, "publish", lambda bus, events: PublishResult([], 0))
    _parked(deployed, (None, placed_order_image()))
    ran = deployed.ops("redrive", "--queue", "changes", "--all", "--yes")
    assert ran.status == 3
    assert "the event bus refused it; try again" in ran.out
    assert len(deployed.in_queue("ParkedChangesQueueUrl")) == 1


def _given_up(deployed: Deployed, *changes: tuple[Any, Any]) -> None:
    batch = {
        "requestContext": {"condition": "RecordAgeExceeded"},
        "payload": json.dumps(stream_event(*changes)),
    }
    deployed.s3.put_object(Bucket=BUCKET, Key="batch", Body=json.dumps(batch))


def _objects(deployed: Deployed) -> int:
    return deployed.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"]


def test_a_batch_that_was_given_up_is_published_whole(deployed: Deployed) -> None:
    heard = _heard(deployed)
    placed = placed_order_image()
    other = placed | {"PK": {"S": "ORDER#other"}}
    _given_up(deployed, (None, placed), (None, other), (placed, placed))
    ran = deployed.ops("redrive", "--queue", "undelivered-changes", "--all", "--yes")
    assert ran.status == 0
    assert "publishes 2 events" in ran.out
    assert heard() == sorted([f"{placed['PK']['S']}/ORDER#1#OrderPlaced", "ORDER#other/ORDER#1#OrderPlaced"])
    assert _objects(deployed) == 0


def test_a_batch_with_something_unreadable_is_published_but_for_that_and_stays(deployed: Deployed) -> None:
    heard = _heard(deployed)
    placed = placed_order_image()
    lost = placed | {"PK": {"S": "ORDER#lost"}, "status": {"S": "LOST"}}
    _given_up(deployed, (None, placed), (None, lost))
    ran = deployed.ops("redrive", "--queue", "undelivered-changes", "--all", "--yes")
    assert ran.status == 3
    assert "but not of ORDER#lost/ORDER" in ran.out
    assert heard() == [f"{placed['PK']['S']}/ORDER#1#OrderPlaced"]
    assert _objects(deployed) == 1


def test_an_empty_queue_asks_nobody(deployed: Deployed) -> None:
    ran = deployed.ops("redrive", "--all")
    assert (ran.status, ran.err) == (0, "")


def test_an_order_that_was_redriven_ends(deployed: Deployed) -> None:
    """What the tool sends is what drives an order: `drive_order` reads nothing else."""
    order_id = an_order(deployed.world, "confirmed")
    deployed.dead(order_id)
    deployed.ops("redrive", "--all", "--yes")
    (message,) = deployed.in_queue("OrderQueueUrl")
    assert set(message) == {"orderId"}
    follow(deployed.world, message["orderId"], "capture_payment", "book_shipment", "complete_order")
    assert deployed.world.details(order_id).order.status == "FULFILLED"
