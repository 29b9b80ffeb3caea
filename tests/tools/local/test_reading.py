"""What the local run prints: the timeline, the logs, the progress of steps, the lines to copy."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from console import progress, timeline
from console.log_lines import readable
from local import sample
from ordering.domain.order import Status
from tests.support.loopback import Canned, serving

PENDING = {"status": "PENDING", "at": "2026-11-21T12:00:00.000Z"}


def test_a_transition_says_when_how_much_later_and_what_it_means() -> None:
    each = {"status": "CONFIRMED", "at": "2026-11-21T12:00:02.242Z"}

    line = timeline.transition(each, PENDING)

    assert line == "12:00:02.242   +2.242 s  CONFIRMED   stock reserved, payment authorised"


@pytest.mark.parametrize("status", Status)
def test_timeline_explains_every_status_and_knows_the_final_ones(status: Status) -> None:
    assert timeline.transition({"status": status.value, "at": PENDING["at"]}, PENDING)
    assert (status.value in timeline.TERMINAL) == status.is_terminal


def test_a_refused_order_says_why() -> None:
    each = {"status": "REJECTED", "at": "2026-11-21T12:00:01.000Z", "reason": "OUT_OF_STOCK"}

    assert timeline.transition(each, PENDING).endswith("reason: OUT_OF_STOCK")


def test_an_order_is_headed_by_what_is_in_it_and_what_it_costs() -> None:
    order = {
        "orderId": "o-1",
        "lines": [{"quantity": 2, "sku": "MUG-RED"}, {"quantity": 1, "sku": "TEAPOT"}],
        "total": {"amount": 500, "currency": "JPY"},
    }

    assert timeline.heading(order) == "order o-1: 2 × MUG-RED, 1 × TEAPOT, 500 JPY"


def test_the_end_of_an_order_says_where_money_and_goods_are() -> None:
    order = {
        "payment": {"status": "CAPTURED", "amount": {"amount": 4690, "currency": "EUR"}},
        "shipment": {"status": "DISPATCHED", "trackingNumber": "SBX1"},
    }

    assert timeline.ending(order) == "payment CAPTURED 46.90 EUR, shipment DISPATCHED SBX1"
    assert timeline.ending({}) == "no payment, no shipment"


def test_a_structured_log_line_is_read_without_its_repetitions() -> None:
    line = {"level": "INFO", "message": "step", "function_name": "orders-x", "order_id": "o-1", "n": 2}

    assert readable(json.dumps(line)) == "INFO step order_id=o-1 n=2"


def test_log_leaves_out_lambda_s_own_lines_and_metrics() -> None:
    assert readable("START RequestId: 1 Version: $LATEST\n") is None
    assert readable('{"_aws": {"Timestamp": 1}, "OrdersPlaced": 1}') is None
    assert readable("Traceback (most recent call last):\n") == "Traceback (most recent call last):"


def test_failure_shows_step_reason_end_of_the_log_and_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "deploy.log"
    log.write_text("".join(f"line {number}\n" for number in range(100)))

    with pytest.raises(progress.StepFailed) as failed, progress.step("Deployment"):
        raise progress.StepFailed("cdk deploy ended with status 1", "mend the stack", log)
    progress.report(failed.value)

    said = capsys.readouterr().err
    for part in ("✗ Deployment", "ended with status 1", "line 99", str(log), "mend the stack"):
        assert part in said
    assert "line 10\n" not in said


def test_lines_to_copy_are_quoted_for_a_shell() -> None:
    browse, place, look = (shlex.split(line) for line in sample.curl_lines("http://h/$default", "o-1"))

    assert browse == ["curl", "http://h/$default/products"]
    assert json.loads(place[place.index("-d") + 1]) == sample.ORDER
    assert look[1] == "http://h/$default/orders/o-1"


def test_the_sample_order_can_be_filled_from_the_sample_catalogue() -> None:
    lines: Any = sample.ORDER["lines"]

    assert {line["sku"] for line in lines} <= {product.sku for product in sample.CATALOGUE}


def test_sample_order_has_the_sample_prices_as_its_total() -> None:
    assert sample.ORDER["expectedTotal"] == {"amount": 2 * 1250 + 2190, "currency": "EUR"}


def test_placed_order_has_the_present_prices_as_its_total() -> None:
    with serving() as shop:
        for sku, amount in (("MUG-RED", 9900), ("BEANS-1KG", 1)):
            shop.responses[f"/products/{sku}"] = Canned({"price": {"amount": amount, "currency": "EUR"}})
        assert sample.shown_total(shop.url) == {"amount": 2 * 9900 + 1, "currency": "EUR"}
