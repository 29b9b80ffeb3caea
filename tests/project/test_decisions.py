"""The records in docs/decisions are numbered, listed and complete, and their figures still hold."""

import re
from pathlib import Path

import pytest

from tests.synth import PROJECT, synthesised_state_machine
from tools import import_cost
from tools.costs import workflow_costs

FOLDER = PROJECT / "docs" / "decisions"
RECORDS = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
HEADINGS = ["Context", "Decision", "Figures", "Alternatives", "How hard to undo"]


def test_the_records_are_numbered_without_a_gap() -> None:
    assert [int(path.name[:4]) for path in RECORDS] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_each_record_has_its_number_and_every_part(path: Path) -> None:
    text = path.read_text()
    assert text.startswith(f"# {int(path.name[:4])}. ")
    assert re.findall(r"^## (.+)$", text, flags=re.M) == HEADINGS


def test_the_index_lists_every_record_with_its_title() -> None:
    index = (FOLDER / "README.md").read_text()
    for path in RECORDS:
        title = path.read_text().splitlines()[0].removeprefix("# ").partition(". ")[2]
        assert f"| [{title}]({path.name}) |" in index


def test_every_module_that_a_record_names_as_a_command_exists() -> None:
    for path in [*RECORDS, FOLDER / "README.md"]:
        for module in re.findall(r"python -m (tools(?:\.\w+)+)", path.read_text()):
            assert (PROJECT / f"{module.replace('.', '/')}.py").is_file(), f"{path.name}: {module}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (import_cost.OWN_HTTP, import_cost.RESOLVER),
        (import_cost.OWN_CLAIMS, import_cost.IDEMPOTENCY),
        (import_cost.OWN_FORMATS, import_cost.BABEL),
    ],
    ids=["http", "claims", "formats"],
)
def test_own_module_imports_less_than_the_library_it_replaces(ours: str, theirs: str) -> None:
    """By the number of modules, which is the same in every run, where times are not."""
    own, other = import_cost.cost_of(ours, runs=1), import_cost.cost_of(theirs, runs=1)
    assert 0 < own.modules < other.modules


def test_a_fulfilled_order_enters_every_state_of_its_path_once() -> None:
    states = list(workflow_costs.visited(synthesised_state_machine().definition))
    assert len(set(states)) == len(states)
    assert set(workflow_costs.OUTCOMES) < set(states)
    assert (states[0], states[-1]) == ("Load order", "Ended")


def test_express_costs_less_than_standard_or_durable_even_with_a_driver_of_its_own() -> None:
    costs = workflow_costs.dollars_a_million(synthesised_state_machine().definition, seconds=2)
    express = costs["Express"] + costs["the driver of Express, alone in its batch"]
    assert express < costs["Lambda durable functions"] < costs["Standard"]
