"""What GitHub, editors and pre-commit read is valid, pinned, and in agreement with the project."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from orders_client import __version__ as client_version
from stacks.settings import STAGES
from tests.synth import PROJECT

WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
YAML_FILES = [
    *WORKFLOWS,
    *sorted((PROJECT / ".github").glob("**/*.yml")),
    PROJECT / ".pre-commit-config.yaml",
]
CHANGELOG = (PROJECT / "CHANGELOG.md").read_text()

# A commit in full, and the version it stands for.
_PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+){2}$")
_RELEASE = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", re.M)


def _load(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path)


def _jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every job, with its name: `deploy.yml/dev`."""
    for path in WORKFLOWS:
        for name, job in _load(path)["jobs"].items():
            yield f"{path.name}/{name}", job


def _steps() -> Iterator[dict[str, Any]]:
    for _, job in _jobs():
        yield from job.get("steps", ())


def _version() -> str:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    return str(project["version"])


# -- GitHub ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(set(YAML_FILES)), ids=lambda path: path.name)
def test_yaml_file_can_be_parsed(path: Path) -> None:
    assert _load(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.dependabot", [PROJECT / ".github" / "dependabot.yml"]),
        (
            "vendor.github-issue-forms",
            [PROJECT / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml" for name in ("bug", "feature")],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_githubs_files_match_githubs_schemas(schema: str, paths: list[Path]) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_action_is_pinned_by_its_commit() -> None:
    uses = re.findall(r"uses: (.+)$", "\n".join(path.read_text() for path in WORKFLOWS), flags=re.M)
    actions = [each for each in uses if not each.startswith("$/.github/workflows/")]
    assert len(actions) == len([step for step in _steps() if "uses" in step]) > 0
    assert [each for each in actions if not _PINNED.match(each)] == []


def test_each_action_has_one_version() -> None:
    uses = {step["uses"] for step in _steps() if "uses" in step}
    assert len({each.partition("@")[0] for each in uses}) == len(uses)


def test_a_workflow_reads_the_repository_and_no_secret() -> None:
    for path in WORKFLOWS:
        workflow = _load(path)
        assert workflow["permissions"] == {"contents": "read"}
        assert "secrets." not in path.read_text()
        assert "secrets: inherit" not in path.read_text()
        assert "pull_request_target" not in workflow["on"]
    checkouts = [step for step in _steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_a_job_that_writes_to_github_runs_no_code_of_the_repository() -> None:
    writers = {
        name: job
        for name, job in _jobs()
        if set(job.get("permissions", {})) & {"pull-requests", "contents"}
        if "write" in {job["permissions"].get("pull-requests"), job["permissions"].get("contents")}
    }
    assert set(writers) == {"review.yml/comment", "release.yml/publish"}
    for job in writers.values():
        assert not any("actions/checkout@" in step.get("uses", "") for step in job["steps"])
        assert "id-token" not in job["permissions"]


def test_only_deployments_and_the_comparison_get_a_token_for_aws() -> None:
    assert {name for name, job in _jobs() if "id-token" in job.get("permissions", {})} == {
        "deploy.yml/dev",
        "deploy.yml/staging",
        "deploy.yml/prod",
        "deploy-stage.yml/deploy",
        "review.yml/compare",
    }


def test_a_pull_request_uses_no_environment() -> None:
    """AWS trusts the environment's name in the token: a job with one could deploy (`stacks/delivery.py`)."""
    for path in WORKFLOWS:
        workflow = _load(path)
        if "pull_request" in workflow["on"]:
            assert not any("environment" in job or "uses" in job for job in workflow["jobs"].values())


def test_each_stage_is_deployed_after_the_checks_and_the_stage_before_it() -> None:
    jobs = _load(PROJECT / ".github" / "workflows" / "deploy.yml")["jobs"]
    deployed = [job["with"]["stage"] for job in jobs.values() if "with" in job]
    assert deployed == [stage for stage in STAGES if stage != "local"]
    order = ["checks", *deployed]
    assert [jobs[stage]["needs"] for stage in deployed] == order[:-1]


def test_every_make_target_of_a_workflow_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), flags=re.M))
    named = {
        target
        for step in _steps()
        for target in re.findall(r"^\s*make (?:-C \S+ )?([a-z-]+)", step.get("run", ""), flags=re.M)
    }
    assert {"diff", "deploy", "synth", "sbom", "release-notes"} <= named <= targets


def test_zizmor_finds_nothing_in_the_workflows() -> None:
    ran = subprocess.run(
        [Path(sys.executable).with_name("zizmor"), "--quiet", "--offline", "--strict-collection", ".github"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_pull_requests_run_what_a_developer_runs() -> None:
    assert any("pull_request" in _load(path)["on"] for path in WORKFLOWS)
    assert ".ci/run" in [step.get("run") for step in _steps()]
    assert (PROJECT / ".ci" / "run").stat().st_mode & 0o100


def test_dependency_updates_cover_every_folder_with_a_lock_file() -> None:
    configured = {
        (update["package-ecosystem"], folder)
        for update in _load(PROJECT / ".github" / "dependabot.yml")["updates"]
        for folder in update.get("directories", [update.get("directory")])
    }
    tracked = subprocess.run(
        ["git", "ls-files", "*requirements.in", "package.json"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    needed = {
        ("pip" if path.endswith(".in") else "npm", f"/{Path(path).parent}".removesuffix("/."))
        for path in tracked
    }
    needed = {(kind, folder or "/") for kind, folder in needed} | {("github-actions", "/")}
    assert configured == needed


# -- editors and hooks -------------------------------------------------------------------------------


def test_every_hook_is_a_tool_of_the_project() -> None:
    repositories = _load(PROJECT / ".pre-commit-config.yaml")["repos"]
    assert [each["repo"] for each in repositories] == ["local"]
    for hook in repositories[0]["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].startswith(".venv/bin/")


@pytest.mark.slow
def test_pre_commit_accepts_its_configuration() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-config", str(PROJECT / ".pre-commit-config.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_devcontainer_is_pinned_and_runs_setup() -> None:
    container = json.loads((PROJECT / ".devcontainer" / "devcontainer.json").read_text())
    assert re.search(r":[\w.-]*\d[\w.-]*$", container["image"])
    assert all(re.search(r":\d+$", feature) for feature in container["features"])
    assert container["postCreateCommand"] == "make setup"


# -- versions ----------------------------------------------------------------------------------------


def test_changelog_has_the_present_version_as_its_newest_release() -> None:
    releases = _RELEASE.findall(CHANGELOG)
    assert releases[0][0] == _version()
    dates = [date.fromisoformat(day) for _, day in releases]
    assert dates == sorted(dates, reverse=True)
    assert CHANGELOG.index("## [Unreleased]") < CHANGELOG.index(f"## [{_version()}]")


def test_changelog_uses_the_headings_of_keep_a_changelog() -> None:
    known = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", CHANGELOG, flags=re.M)) <= known


def test_changelog_names_the_clients_version() -> None:
    assert f"`orders-client` {client_version}" in CHANGELOG


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_every_path_that_a_page_names_exists(page: str) -> None:
    text = (PROJECT / page).read_text()
    named = set(re.findall(r"`((?:tests|docs|tools|stacks|layers|client|lambdas)/[\w./-]+)`", text))
    assert [path for path in sorted(named) if not (PROJECT / path).exists()] == []
