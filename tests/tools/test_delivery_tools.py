"""What the workflows print: the difference in costs, a pull request's comment, the notes of a release."""

import json
from pathlib import Path

import pytest

from tests.synth import synthesised
from tools.costs.cost_difference import cost_difference
from tools.costs.idle_costs import UnknownType
from tools.costs.templates import resources_in
from tools.release_notes import NoRelease, release_notes
from tools.review import comment

ALARM = {"Type": "AWS::CloudWatch::Alarm", "Properties": {}}
DASHBOARD = {"Type": "AWS::CloudWatch::Dashboard", "Properties": {}}
SECRET = {"Type": "AWS::SecretsManager::Secret", "Properties": {}}

CHANGELOG = """# Changelog

## [Unreleased]

### Added

- Something new.

## [2.1.0] - 2026-11-28

### Fixed

- A fault ([deploying](docs/deploying.md#removing-a-stage), [RFC](https://example.com/rfc)).

## [2.0.0] - 2026-11-21

- The first.
"""


# -- the difference in costs --------------------------------------------------------------------------


def test_the_difference_shows_what_is_added_and_removed_and_the_sums() -> None:
    lines = cost_difference([ALARM, ALARM, SECRET], [ALARM, DASHBOARD, SECRET]).splitlines()
    assert lines == [
        "  +3.00  0 -> 1 x a dashboard",
        "  -0.10  2 -> 1 x an alarm, for each metric that it watches",
        "  +2.90  a month for an idle stage: 0.60 before, 3.50 after",
    ]


def test_two_equal_syntheses_differ_in_nothing() -> None:
    resources = [each.body for each in synthesised("dev").resources()]
    (line,) = cost_difference(resources, resources).splitlines()
    assert line.startswith("  +0.00  a month")


def test_a_type_without_a_known_price_is_refused() -> None:
    with pytest.raises(UnknownType, match="AWS::Made::Up"):
        cost_difference([], [{"Type": "AWS::Made::Up"}])


def test_resources_are_read_from_another_checkouts_assembly(tmp_path: Path) -> None:
    assembly = tmp_path / "dev" / "assembly-orders-dev"
    assembly.mkdir(parents=True)
    (assembly / "data.template.json").write_text(json.dumps({"Resources": {"Alarm": ALARM}}))
    assert list(resources_in(tmp_path / "dev")) == [ALARM]


def test_a_folder_without_a_synthesis_is_refused_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="make synth STAGE=dev"):
        list(resources_in(tmp_path / "dev"))


# -- the comment on a pull request --------------------------------------------------------------------


def test_the_comment_shows_the_costs_and_the_difference() -> None:
    text = comment("dev", "+3.00  a dashboard\n", "\x1b[32mStack orders-dev-data\x1b[39m\n[+] a table")
    assert "```\n+3.00  a dashboard\n```" in text
    assert "```\nStack orders-dev-data\n[+] a table\n```" in text


def test_text_of_a_pull_request_cannot_leave_its_block_of_code() -> None:
    text = comment("dev", "", "before\n````\n# Approved\n````\nafter")
    assert "`````\nbefore\n````\n# Approved\n````\nafter\n`````" in text


def test_the_comment_tells_what_was_not_compared() -> None:
    text = comment("dev", "", "")
    assert text.count("_not compared: ") == 2


def test_the_comment_is_never_longer_than_github_accepts() -> None:
    text = comment("dev", "x" * 100_000, "y" * 100_000)
    assert len(text) < 65_536
    assert text.count("the rest is in the log of the job") == 2


# -- the notes of a release ---------------------------------------------------------------------------


def test_the_notes_of_a_release_are_its_section_of_the_changelog() -> None:
    notes = release_notes("v2.1.0", "2.1.0", CHANGELOG)
    assert notes.startswith("### Fixed")
    assert "Something new" not in notes
    assert "The first" not in notes


def test_the_notes_keep_only_links_that_work_outside_the_repository() -> None:
    notes = release_notes("v2.1.0", "2.1.0", CHANGELOG)
    assert "[deploying] (`docs/deploying.md#removing-a-stage`)" in notes
    assert "[RFC](https://example.com/rfc)" in notes


@pytest.mark.parametrize(
    ("tag", "version", "reason"),
    [
        ("v2.1.0", "2.0.0", "is not the version"),
        ("2.1.0", "2.1.0", "is not the version"),
        ("", "2.1.0", "is not the version"),
        ("v3.0.0", "3.0.0", "no section"),
        ("v2x1.0", "2x1.0", "no section"),
    ],
)
def test_a_tag_that_names_no_release_is_refused(tag: str, version: str, reason: str) -> None:
    with pytest.raises(NoRelease, match=reason):
        release_notes(tag, version, CHANGELOG)


def test_a_release_without_notes_is_refused() -> None:
    with pytest.raises(NoRelease, match="empty"):
        release_notes("v1.0.0", "1.0.0", "## [1.0.0] - 2026-11-21\n\n## [0.9.0] - 2026-11-20\n\n- Old.\n")
