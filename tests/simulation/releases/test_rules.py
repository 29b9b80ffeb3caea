"""Each rule of docs/upgrading.md is one that the suite notices and names when a release breaks it."""

import re
import sys

import pytest

from tests.simulation.releases.bad_releases import AttributeRenamed, BadRelease, KeyChanged, bad_releases
from tests.simulation.releases.mixture import mixture
from tests.simulation.releases.release import Release
from tests.simulation.releases.rules import Rule
from tests.simulation.releases.suite import examine
from tests.synth import PROJECT

PAGE = (PROJECT / "docs" / "upgrading.md").read_text()
SEED = 7


def test_two_equal_releases_break_no_rule(this: Release, later: Release) -> None:
    with mixture(this, later.altered("a later one", later.alteration)) as mixed:
        report = examine(mixed, ["notified-of-an-order-fulfilled", "message-lost"], seed=SEED)
    assert not report.findings, "\n".join(map(str, report.findings))


@pytest.mark.parametrize("bad", bad_releases(), ids=lambda bad: f"{bad.breaks.id}-{bad.__name__}")
def test_suite_names_the_rule_that_a_release_breaks(
    bad: type[BadRelease], this: Release, later: Release
) -> None:
    with mixture(this, later.altered("a bad one", bad()), most_choices=50) as mixed:
        report = examine(mixed, bad.journeys, seed=SEED, rounds=0)
    assert bad.breaks in {finding.rule for finding in report.findings}, "\n".join(map(str, report.findings))


@pytest.mark.parametrize("bad", [KeyChanged, AttributeRenamed])
def test_orders_that_both_releases_serve_do_not_end_if_items_cannot_be_read(
    bad: type[BadRelease], this: Release, later: Release
) -> None:
    with mixture(this, later.altered("a bad one", bad()), most_choices=50) as mixed:
        report = examine(mixed, bad.journeys, seed=SEED)
    assert Rule.GUARANTEES in {finding.rule for finding in report.findings}


def test_each_rule_has_a_release_that_breaks_it() -> None:
    assert {bad.breaks for bad in bad_releases()} == set(Rule) - {Rule.GUARANTEES}


def test_page_states_each_rule_in_the_words_of_the_suite() -> None:
    stated = dict(re.findall(r"^\| \*\*([A-Z]+(?:-\d)?)\*\* \| ([^|]+?) \|", PAGE, flags=re.M))
    assert stated == {rule.id: rule.value for rule in Rule}


def test_this_projects_modules_are_the_same_after_a_release_has_run(this: Release) -> None:
    import ordering.domain.order

    before = sys.modules["ordering.domain.order"]
    with this.running():
        assert this.module("ordering.domain.order") is not before
    assert sys.modules["ordering.domain.order"] is before is ordering.domain.order
