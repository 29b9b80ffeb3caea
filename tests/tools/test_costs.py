"""`make costs ORDERS=...`: capacity units from the sizes of items, the counts, the prices, and the tables."""

from dataclasses import replace
from typing import Any

import pytest

from tests.synth import PROJECT
from tools.costs import __main__ as command
from tools.costs import edge, metrics, web
from tools.costs.alternatives import requests
from tools.costs.capacity import Index, index_write_units, read_units, size, write_units
from tools.costs.counts import JOBS, Amounts, Journey, Step, Unit, committed, differences
from tools.costs.deployment import Deployment
from tools.costs.durations import DRIVER, milliseconds
from tools.costs.names import LINES, fulfilled
from tools.costs.other_work import all_work
from tools.costs.prices import prices
from tools.costs.report import Wanted, as_markdown, as_text, tables

DEPLOYMENT = Deployment({"place_order": 512}, {}, Unit.EXECUTION_LOG_ALL, 268)
INDEX = Index("GSI1PK", "GSI1SK", None)
SPARSE = Index("GSI2PK", "GSI2SK", frozenset({"status"}))


def item(length: int = 0) -> dict[str, Any]:
    """An item whose `text` has this length."""
    return {"PK": {"S": "A"}, "SK": {"S": "B"}, "text": {"S": "x" * length}}


def in_index(sort: str = "1", **more: Any) -> dict[str, Any]:
    """An item that is in both indexes."""
    partitions = {name: {"S": "P"} for name in ("GSI1PK", "GSI2PK")}
    return {**item(), **partitions, **{name: {"S": sort} for name in ("GSI1SK", "GSI2SK")}, **more}


# -- capacity --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "length"),
    [
        ({"S": "für"}, 4),
        ({"N": "0"}, 1),
        ({"N": "1250"}, 3),
        ({"N": "-12345"}, 4),
        ({"N": "1000"}, 2),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}]}, 6),
        ({"M": {"a": {"S": "b"}}}, 6),
        ({"SS": ["ab", "c"]}, 3),
    ],
)
def test_size_of_a_value_follows_the_documented_rules(value: dict[str, Any], length: int) -> None:
    """ "DynamoDB item sizes and formats"."""
    assert size({"ab": value}) == 2 + length


def test_size_of_an_unknown_type_of_attribute_is_an_error() -> None:
    with pytest.raises(ValueError, match="type B"):
        size({"a": {"B": b""}})


def test_write_takes_a_unit_for_each_started_kilobyte_of_the_larger_image() -> None:
    assert write_units(None, item(100), transactional=False) == 1
    assert write_units(item(3000), item(100), transactional=False) == 3
    assert write_units(item(100), item(1024), transactional=False) == 2


def test_transaction_takes_twice_the_units_even_for_an_absent_item() -> None:
    assert write_units(item(100), item(2000), transactional=True) == 4
    assert write_units(None, None, transactional=True) == 2


def test_new_changed_and_removed_entry_of_an_index_take_one_write_each() -> None:
    assert index_write_units(None, in_index(), [INDEX]) == 1
    assert index_write_units(in_index(), in_index(note={"S": "new"}), [INDEX]) == 1
    assert index_write_units(in_index(), item(), [INDEX]) == 1


def test_changed_key_of_an_index_takes_two_writes() -> None:
    assert index_write_units(in_index("1"), in_index("2"), [INDEX]) == 2


def test_attribute_that_is_not_projected_writes_nothing_to_an_index() -> None:
    assert index_write_units(in_index(), in_index(note={"S": "new"}), [SPARSE]) == 0
    assert index_write_units(in_index(), in_index(status={"S": "new"}), [SPARSE]) == 1


def test_read_takes_a_unit_for_each_started_four_kilobytes_and_half_if_eventual() -> None:
    assert read_units([item(100), item(100)], consistent=True) == 1
    assert read_units([item(4000), item(4000)], consistent=True) == 2
    assert read_units([], consistent=True) == 1
    assert read_units([], consistent=False) == 0.5


# -- counts ----------------------------------------------------------------------------------------------


def test_count_that_grows_or_shrinks_is_named_with_its_step() -> None:
    before = Journey(1, {"a": Step(Amounts({Unit.EVENTS: 2, Unit.LOG_BYTES: 10}))})
    after = Journey(1, {"a": Step(Amounts({Unit.EVENTS: 3, Unit.LOG_BYTES: 9}), Amounts({"sqs.Send": 1}))})
    assert list(differences("x", before, after)) == [
        "x, a: events has grown from 2 to 3",
        "x, a: log bytes has shrunk from 10 to 9",
        "x, a: sqs.Send has grown from 0 to 1",
    ]


def test_line_number_with_another_digit_is_no_difference() -> None:
    before, after = (Journey(1, {"a": Step(Amounts({Unit.LOG_BYTES: size}))}) for size in (600, 601))
    assert list(differences("x", before, after)) == []
    longer = Journey(1, {"a": Step(Amounts({Unit.LOG_BYTES: 607}))})
    assert list(differences("x", before, longer)) == ["x, a: log bytes has grown from 600 to 607"]


def test_journey_survives_the_committed_file() -> None:
    for journey in committed().values():
        assert Journey.from_json(journey.as_json()) == journey


# -- the bill --------------------------------------------------------------------------------------------


def test_every_price_has_a_source_and_is_above_zero() -> None:
    for name, price in prices().prices.items():
        assert price.source, name
        assert price.each > 0, name


def test_call_without_a_known_duration_is_an_error() -> None:
    journey = Journey(1, {"place_order": Step(Amounts({Unit.INVOCATIONS: 1}), Amounts({"new.Call": 1}))})
    with pytest.raises(KeyError, match=r"new\.Call"):
        milliseconds(journey, "place_order", 512)


def test_less_memory_makes_a_functions_own_time_longer() -> None:
    journey = Journey(1, {"place_order": Step(Amounts({Unit.INVOCATIONS: 1}))})
    assert milliseconds(journey, "place_order", 256) == 2 * milliseconds(journey, "place_order", 512)


def test_ten_million_requests_cost_8_to_15_dollars_only_inside_the_free_tier() -> None:
    found = [requests(10_000_000, 200, megabytes) for megabytes in (128, 256)]
    assert all(8 <= each.with_api_in_free_tier <= 15 for each in found)
    assert all(each.with_api > 15 for each in found)


def test_million_requests_at_256_megabytes_cost_a_dollar_without_their_api() -> None:
    found = requests(1_000_000, 200, 256)
    assert found.function == pytest.approx(1.03, abs=0.005)
    assert found.with_api == pytest.approx(2.14, abs=0.005)


def test_twice_the_orders_cost_twice_as_much() -> None:
    once, twice = (
        next(tables(Wanted(orders), committed(), DEPLOYMENT)).rows for orders in (500_000, 1_000_000)
    )
    for one, two in zip(once, twice, strict=True):
        assert float(two[1].replace(",", "")) == pytest.approx(2 * float(one[1].replace(",", "")), abs=0.02)


def test_reads_are_added_to_the_orders() -> None:
    rows = {row[0]: row[1] for row in next(tables(Wanted(reads=1_000_000), committed(), DEPLOYMENT)).rows}
    reading = float(rows["1,000,000 requests that read an order"])
    assert float(rows["**all**"]) == pytest.approx(float(rows["**orders**"]) + reading, abs=0.02)


@pytest.mark.parametrize("lines", LINES)
@pytest.mark.parametrize("mail", [False, True])
def test_tables_of_every_counted_size_are_printed(lines: int, mail: bool) -> None:
    text = as_text(tables(Wanted(lines=lines, mail=mail), committed(), DEPLOYMENT))
    assert f"1,000,000 fulfilled orders of {lines} line" in text
    assert "**" not in text
    assert ("SES" in text) == mail
    assert as_markdown(tables(Wanted(lines=lines), committed(), DEPLOYMENT)).count("###") == 9


def test_size_that_is_not_counted_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="LINES=2: orders of 1, 3, 10 lines are counted"):
        fulfilled(2)


@pytest.mark.parametrize("text", ["ten", "-1", "1.5", "1e6", ""])
def test_number_that_is_none_is_refused_by_its_name(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["prod", f"--orders={text}"])
    assert f"ORDERS={text} must be a whole number" in capsys.readouterr().err


def test_stage_without_templates_is_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="make synth STAGE=prod"):
        command.main(["prod"])


def test_templates_without_a_state_machine_are_an_error() -> None:
    with pytest.raises(LookupError, match="no state machine"):
        Deployment.of([])


# -- the edge --------------------------------------------------------------------------------------------


def test_page_of_the_edge_has_the_present_costs() -> None:
    page = (PROJECT / "docs" / "edge.md").read_text()
    shown = page.partition("<!-- made by tools.costs.edge: begin -->")[2].partition("<!-- made by")[0]
    assert shown.strip() == edge.table()


def test_request_that_the_cache_answers_costs_less_than_one_of_the_api() -> None:
    without = edge.of_million(1.0, firewall=False)
    assert without < edge.of_million(0.9, firewall=False) < edge.of_million(0.0, firewall=False)
    assert edge.of_million(1.0, firewall=True) - without == pytest.approx(0.60)


# -- the web application ---------------------------------------------------------------------------------


def test_page_of_the_web_application_has_the_present_costs() -> None:
    page = (PROJECT / "docs" / "web.md").read_text()
    shown = page.partition("<!-- made by tools.costs.web: begin -->")[2].partition("<!-- made by")[0]
    assert shown.strip() == web.table()


def test_later_visit_costs_less_than_the_first() -> None:
    assert 0 < web.of_million(first=False) < web.of_million(first=True)


# -- metrics in the console ------------------------------------------------------------------------------


def test_page_of_monitoring_has_the_present_costs_of_reading_metrics() -> None:
    page = (PROJECT / "docs" / "monitoring.md").read_text()
    shown = page.partition("<!-- made by tools.costs.metrics: begin -->")[2].partition("<!-- made by")[0]
    assert shown.strip() == metrics.table()


# -- work beside orders ------------------------------------------------------------------------------------


def test_work_beside_orders_costs_what_its_pages_say() -> None:
    """`docs/sales.md`, `docs/report.md` and `docs/privacy.md` round these figures."""
    # As in stage prod, Lambda writes no lines about the invocations of functions of events.
    quiet = replace(DEPLOYMENT, system_log_levels={DRIVER: "WARN"})
    dollars = {work.name: work.dollars / 1e6 for work in all_work(committed(JOBS), quiet)}
    assert 1e6 * dollars["totals of an order of one line"] == pytest.approx(6.59, abs=0.02)
    assert dollars["daily report of a small shop, one receiver (modelled)"] == pytest.approx(
        0.0002, abs=0.00005
    )
    assert dollars["export of a customer with 100 orders"] == pytest.approx(0.00017, abs=0.00003)
    assert dollars["export of a customer with 10,000 orders"] < 0.01
    assert dollars["removal of a customer with 10,000 orders"] < 0.02
