"""The previous release and this one serve the same orders, and every guarantee holds."""

import pytest

from tests.simulation.releases.accepted import ACCEPTED
from tests.simulation.releases.cases import JOURNEYS_OF_BOTH, Case
from tests.simulation.releases.mixture import mixture
from tests.simulation.releases.release import Release
from tests.simulation.releases.suite import examine

SEED = 20261128


def test_previous_and_this_release_serve_the_same_orders(previous: Release, this: Release) -> None:
    """Guarantees 1 to 5 and 7. Upgrades and rollbacks, and both at random, per call."""
    with mixture(previous, this) as mixed:
        report = examine(mixed, JOURNEYS_OF_BOTH, seed=SEED, faults=len(JOURNEYS_OF_BOTH), accepted=ACCEPTED)
        assert not report.findings, "\n".join(map(str, report.findings))
        assert set(report.accepted) == set(ACCEPTED), "what was accepted is no longer found"
        assert report.journeys == set(JOURNEYS_OF_BOTH)
        # Each release serves a fair share of the calls.
        assert min(mixed.calls.values()) > sum(mixed.calls.values()) / 4
        assert mixed.calls.keys() == {previous.name, this.name}


@pytest.mark.parametrize("text", ["fulfilled/random-7", "out-of-stock/rollback-4:9=dies,14=lost"])
def test_a_case_is_printed_as_it_is_replayed(text: str) -> None:
    assert str(Case.parse(text)) == text
