"""The threat model and the Well-Architected review name files and tests that exist, and leave nothing out."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.synth import PROJECT

THREATS = (PROJECT / "docs" / "threat-model.md").read_text()
REVIEW = (PROJECT / "docs" / "well-architected.md").read_text()
PAGES = {"threat-model": THREATS, "well-architected": REVIEW}

_FOLDERS = "clients|console|docs|lambdas|layers|local|ops|stacks|tests|tools|web|.github"
# A file or folder in code marks, and the test in it, if one is named.
_NAMED = re.compile(rf"`((?:{_FOLDERS})/[\w./-]*\w)(?:::(test_\w+))?`")
_ACCEPTED = ("accepted:", "**open**", "not applicable")

# The questions of the lens, by pillar, and how many best practices each has ("Serverless Applications Lens",
# AWS Well-Architected Tool).
QUESTIONS = {
    "OPS 1": 4,
    "OPS 2": 6,
    "SEC 1": 3,
    "SEC 2": 4,
    "SEC 3": 5,
    "REL 1": 3,
    "REL 2": 4,
    "PERF 1": 5,
    "COST 1": 4,
}
STATES = ("yes", "partly", "no", "not applicable")


def named(page: str) -> list[tuple[str, str]]:
    """The files that a page names, each with a test in it, or an empty text."""
    return sorted(set(_NAMED.findall(PAGES[page])))


@cache
def names_of_tests(path: Path) -> set[str]:
    """The names of the tests of a file."""
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def rows(section: str) -> Iterator[list[str]]:
    """The cells of the rows of a section's table, without its head."""
    lines = [line for line in section.splitlines() if line.startswith("|")]
    for line in lines[2:]:
        yield [cell.strip() for cell in line[1:-1].split("|")]


def sections(page: str, heading: str) -> dict[str, str]:
    """The sections whose heading begins like this pattern: heading → text."""
    parts = re.split(rf"^## ({heading}.*)$", page, flags=re.M)[1:]
    return {name: text.partition("\n## ")[0] for name, text in zip(parts[::2], parts[1::2], strict=True)}


BOUNDARIES = sections(THREATS, r"\d\. ")
ANSWERS = sections(REVIEW, r"[A-Z]+ \d: ")


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_test_that_a_page_names_exists(page: str) -> None:
    missing = [
        f"{path}::{test}" if test else path
        for path, test in named(page)
        if not (PROJECT / path).exists() or (test and test not in names_of_tests(PROJECT / path))
    ]
    assert missing == [], "renamed or removed: correct the page"
    assert any(test for _, test in named(page))


def test_a_name_that_does_not_exist_is_noticed() -> None:
    assert _NAMED.findall("`tests/project/test_keys.py::test_gone`") == [
        ("tests/project/test_keys.py", "test_gone")
    ]
    assert "test_gone" not in names_of_tests(PROJECT / "tests/project/test_keys.py")


def test_each_boundary_has_a_threat_of_each_kind() -> None:
    assert len(BOUNDARIES) == 7
    for name, text in BOUNDARIES.items():
        assert {row[0] for row in rows(text)} == set("STRIDE"), name


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_each_threat_is_shown_by_a_test_or_is_accepted_or_open(boundary: str) -> None:
    for kind, threat, met, shown in rows(BOUNDARIES[boundary]):
        tests = [path for path, _ in _NAMED.findall(shown) if path.startswith("tests/")]
        assert tests or any(word in met for word in _ACCEPTED), f"{kind}: {threat}"


def test_every_question_of_the_lens_is_answered() -> None:
    assert {name.partition(":")[0] for name in ANSWERS} == QUESTIONS.keys()


@pytest.mark.parametrize("question", ANSWERS)
def test_each_best_practice_has_evidence_or_names_its_gap(question: str) -> None:
    answers = list(rows(ANSWERS[question]))
    assert len(answers) == QUESTIONS[question.partition(":")[0]]
    for practice, state, evidence, gap in answers:
        assert state in STATES, practice
        assert bool(_NAMED.search(evidence)) == (state in ("yes", "partly")), practice
        assert bool(gap) == (state != "yes"), practice
