"""The problem pages match the problems of the API."""

import json
import re

import pytest

from ordering.http.problems import ProblemType
from tests.contracts.conftest import Json
from tests.synth import PROJECT

PAGES = PROJECT / "docs" / "problems"


def test_every_problem_has_a_page_and_every_page_a_problem() -> None:
    pages = {path.stem for path in PAGES.glob("*.md")} - {"README"}
    assert pages == {kind.slug for kind in ProblemType}


@pytest.mark.parametrize("kind", ProblemType, ids=lambda kind: kind.slug)
def test_a_page_has_the_type_status_title_and_example_of_its_problem(
    kind: ProblemType, description: Json
) -> None:
    page = (PAGES / f"{kind.slug}.md").read_text()
    assert page.startswith(f"# {kind.title}\n\n`{kind.uri}`, status {kind.status}.\n")
    assert "\n## How to fix it\n" in page
    match = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert match
    assert json.loads(match[1]) == description["components"]["examples"][kind.slug]["value"]


def test_problem_index_lists_every_problem() -> None:
    index = (PAGES / "README.md").read_text()
    rows = [
        f"| {kind.status} | [`{kind.slug}`]({kind.slug}.md) | {kind.title} |"
        for kind in sorted(ProblemType, key=lambda kind: (kind.status, kind.slug))
    ]
    assert "\n".join(rows) in index
