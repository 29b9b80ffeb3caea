"""The record of the previous release."""

import re
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.releases import previous
from tests.releases.previous import (
    PROJECT,
    ReleaseMissing,
    previous_checkout,
    previous_commit,
    require_history,
)


def test_recorded_commit_is_a_full_hash() -> None:
    assert re.fullmatch(r"[0-9a-f]{40}", previous_commit())


def test_recorded_commit_precedes_this_one() -> None:
    require_history()
    found = subprocess.run(
        ["git", "merge-base", "--is-ancestor", previous_commit(), "HEAD"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, f"{previous_commit()} is not an ancestor of HEAD: {found.stderr}"


def test_checkout_of_the_previous_release_has_its_code() -> None:
    require_history()
    folder = previous_checkout()
    assert (folder / "lambdas" / "api" / "place_order.py").is_file()
    assert (folder / "layers" / "ordering" / "domain" / "order.py").is_file()


def test_clone_without_the_commit_gets_the_command_that_fetches_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previous, "_FOLDER", tmp_path)
    monkeypatch.setattr(previous, "previous_commit", lambda: "0" * 40)
    with pytest.raises(ReleaseMissing, match="git fetch --unshallow"):
        previous_checkout.__wrapped__()


def test_ci_checks_out_the_whole_history() -> None:
    workflow = YAML(typ="safe").load((PROJECT / ".github" / "workflows" / "ci.yml").read_text())
    (checkout,) = (
        step
        for step in workflow["jobs"]["ci"]["steps"]
        if step.get("uses", "").startswith("actions/checkout@")
    )
    assert checkout["with"]["fetch-depth"] == 0
