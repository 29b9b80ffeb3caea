"""`make bench`: the comparison of measured figures with committed ones."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tools.bench import __main__ as bench
from tools.bench.figures import COOKBOOK, Figures, table, worse
from tools.bench.measurements import handlers
from tools.bench.requests import samples

COMMITTED = Figures("x86_64", 100_000_000, 900_000_000, {"get_order": 600_000_000}, {"get_order": 6_000_000})
PROJECT = Path(bench.__file__).resolve().parent.parent.parent


def test_figure_that_grows_by_more_than_three_per_cent_is_found() -> None:
    slower = replace(COMMITTED, starts={"get_order": 618_600_000})
    assert list(worse(COMMITTED, slower)) == [
        "starts get_order: 619 million instructions, committed are 600: +3.1%"
    ]
    assert list(worse(COMMITTED, replace(COMMITTED, starts={"get_order": 617_000_000}))) == []
    assert len(list(worse(COMMITTED, replace(COMMITTED, requests={"get_order": 7_000_000})))) == 1


def test_figure_that_is_not_committed_is_found() -> None:
    more = replace(COMMITTED, starts={"get_order": 1, "new": 1})
    assert [line.partition(":")[0] for line in worse(COMMITTED, more)] == ["starts new"]


def test_table_has_the_ratios_to_the_stock_client_and_the_cookbook() -> None:
    assert "| `get_order` | 600 | 0.67 | 0.30 |" in table(COMMITTED).splitlines()
    assert f"{COOKBOOK:,}" in table(COMMITTED)


def test_missing_valgrind_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.argv", ["bench"])
    assert bench.main() == 2
    assert "apt-get install valgrind" in capsys.readouterr().err


def test_committed_figures_are_of_every_function_and_request() -> None:
    figures = Figures.from_json(json.loads((PROJECT / "tools/bench/figures.json").read_text()))
    assert set(figures.starts) == set(handlers())
    assert set(figures.requests) == {sample.handler for sample in samples()}
    assert table(figures) in (PROJECT / "docs/performance.md").read_text()


# The budgets, as shares of what the stock client alone takes.
def test_committed_figures_keep_the_budget_of_a_start() -> None:
    figures = Figures.from_json(json.loads((PROJECT / "tools/bench/figures.json").read_text()))
    assert figures.starts["place_order"] < 0.75 * figures.stock
    assert figures.starts["get_openapi"] < 0.3 * figures.stock
