"""The command that accepts changes of the committed API description."""

import json
import re
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tools.descriptions.committed_copy import as_text
from tools.openapi import changes as api_changes

BEFORE: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Mugs"},
    "paths": {"/mugs": {"get": {"operationId": "listMugs", "responses": {"200": {"description": "All."}}}}},
}
HARMLESS = BEFORE | {"info": {"title": "Cups"}}
BREAKING = BEFORE | {"paths": {}}


class Project:
    """A project with a committed description (`kept`) and the one that its code generates (`generated`)."""

    def __init__(self, folder: Path) -> None:
        self.copy, self.acknowledged = folder / "openapi.json", folder / "api-changes.md"
        self.generated = deepcopy(BEFORE)
        self.copy.write_text(as_text(self.generated))

    @property
    def kept(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.copy.read_text())
        return document


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    project = Project(tmp_path)
    ours = replace(api_changes.API, copy=project.copy, acknowledged=project.acknowledged)
    monkeypatch.setattr(api_changes, "API", ours)
    monkeypatch.setattr(api_changes, "document", lambda: project.generated)
    return project


def test_unchanged_api_prints_no_change(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert api_changes.main(["check"]) == 0
    assert capsys.readouterr().out == ""


def test_a_harmless_change_fails_the_check_until_it_is_accepted(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.generated = HARMLESS
    assert api_changes.main(["check"]) == 1
    said = capsys.readouterr().out
    assert "info: is worded differently" in said
    assert "BREAKING" not in said
    assert said.endswith(".venv/bin/python -m tools.openapi.changes accept\n")

    assert api_changes.main(["accept"]) == 0
    assert project.kept == HARMLESS
    assert api_changes.main(["check"]) == 0
    assert not project.acknowledged.exists()


def test_a_breaking_change_fails_the_check_and_is_not_accepted_without_a_reason(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.generated = BREAKING
    assert api_changes.main(["check"]) == 1
    said = capsys.readouterr().out
    assert "BREAKING  GET /mugs: is gone" in said
    assert said.endswith('.venv/bin/python -m tools.openapi.changes accept --acknowledge "why"\n')

    assert api_changes.main(["accept"]) == 1
    assert "BREAKING  GET /mugs: is gone" in capsys.readouterr().err
    assert project.kept == BEFORE
    assert not project.acknowledged.exists()


@pytest.mark.parametrize("reason", ["", "  "])
def test_blank_reason_does_not_accept_a_breaking_change(project: Project, reason: str) -> None:
    project.generated = BREAKING
    assert api_changes.main(["accept", "--acknowledge", reason]) == 1
    assert project.kept == BEFORE


def test_a_breaking_change_is_accepted_with_a_reason_which_is_kept_with_the_date(project: Project) -> None:
    project.generated = BREAKING
    assert api_changes.main(["accept", "--acknowledge", "Nobody lists mugs."]) == 0
    assert project.kept == BREAKING
    page = project.acknowledged.read_text()
    assert page.startswith("# Breaking changes of the API\n")
    assert re.search(r"\n## \d{4}-\d\d-\d\d\n\nNobody lists mugs\.\n\n- GET /mugs: is gone\n$", page)


def test_the_reasons_of_all_breaking_changes_are_kept(project: Project) -> None:
    for says, reason in ((BREAKING, "The first."), (BEFORE, "None."), (BREAKING, "The second.")):
        project.generated = says
        assert api_changes.main(["accept", "--acknowledge", reason]) == 0
    page = project.acknowledged.read_text()
    assert page.index("The first.") < page.index("The second.")
    assert page.count("## ") == 2
    assert "None." not in page


def test_a_missing_copy_is_reported_and_then_written(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.copy.unlink()
    assert api_changes.main(["check"]) == 1
    assert "openapi.json: has never been written" in capsys.readouterr().out
    assert api_changes.main(["accept"]) == 0
    assert project.kept == BEFORE


def test_the_copy_is_compared_as_a_client_reads_it(project: Project) -> None:
    # A tuple in the generated document is a list in the copy.
    project.generated = {**BEFORE, "tags": ()}
    api_changes.main(["accept"])
    assert api_changes.main(["check"]) == 0
