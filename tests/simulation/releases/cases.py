"""One case: a journey, how the releases share its calls, and the faults that are injected."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from random import Random
from typing import Any, NamedTuple

from tests.simulation.faults import trial
from tests.simulation.faults.trial import Injection, Verdict
from tests.simulation.releases.contract import Contract
from tests.simulation.releases.mixture import RANDOM, ROLLBACK, UPGRADE, Mixture, Mode
from tests.simulation.releases.published import as_read
from tests.simulation.releases.rules import Finding, Rule

# Journeys that the previous release cannot complete. When a release becomes the previous one, empty this.
_NEW_JOURNEYS = {
    "fulfilled-which-makes-the-stock-low",
    "refunded-after-it-was-fulfilled",
    "totals-of-an-order-fulfilled-and-refunded",
    "data-exported",
    "forgotten-during-an-export",
    # The previous release has no stock in shards.
    "fulfilled-from-several-shards",
    "out-of-stock-in-all-shards",
    "cancelled-with-stock-held-in-several-shards",
}

# The consumers of events that the previous release has. When a release becomes the previous one, they follow.
_OLD_CONSUMERS = {"notify_customer"}
JOURNEYS_OF_BOTH = [
    slug
    for slug, journey in trial.BY_SLUG.items()
    if slug not in _NEW_JOURNEYS and _OLD_CONSUMERS.issuperset(journey.all_consumers)
]
"""The journeys that the previous release and this one both know."""


class Case(NamedTuple):
    """A case: `fulfilled/random-7:12=dies`."""

    mode: Mode
    trial: trial.Case

    def __str__(self) -> str:
        faults = ",".join(map(str, self.trial.injections))
        return f"{self.trial.journey}/{self.mode}{f':{faults}' if faults else ''}"

    @classmethod
    def parse(cls, text: str) -> Case:
        """Returns the case that is printed as `text`. Raises ValueError."""
        whole, _, faults = text.partition(":")
        journey, _, mode = whole.partition("/")
        return cls(Mode.parse(mode), trial.Case.parse(f"{journey}:{faults}"))


class Result(NamedTuple):
    """The result of a case."""

    case: Case
    verdict: Verdict
    choices: int
    """How often one of the two releases was chosen."""

    @property
    def findings(self) -> Iterator[Finding]:
        """Yields the guarantees that were broken."""
        for violation in self.verdict.violations:
            yield Finding(Rule.GUARANTEES, f"make mixed CASE={self.case}: {violation}")
        for injection in self.verdict.unfired:
            yield Finding(Rule.GUARANTEES, f"make mixed CASE={self.case}: {injection} did not fire")


def perform(mixed: Mixture, case: Case, published: Collection[tuple[str, str]] | None = None) -> Result:
    """Run a case. `published`: the (type, field) of events that both releases have; None: all."""
    mixed.begin(case.mode)
    bus = mixed.shop.bus
    if published is not None:
        bus.compared = lambda detail: _common(as_read(detail), published)
    try:
        verdict = trial.perform(case.trial, mixed.shop)
    finally:
        bus.compared = as_read
    return Result(case, verdict, mixed.served)


def common_fields(earlier: Contract, later: Contract) -> set[tuple[str, str]]:
    """Returns the (type, field) of events that both releases publish.

    An event that both publish has one id; it may have a field more in the later release.
    """
    return earlier.event_fields & later.event_fields


def _common(event: dict[str, Any] | None, published: Collection[tuple[str, str]]) -> dict[str, Any] | None:
    if event is None:
        return None
    of = event["type"]

    def kept(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: kept(each) for name, each in part.items() if (of, name) in published}
        return part

    compared: dict[str, Any] = kept(event)
    return compared


def undisturbed_cases(journeys: Iterable[str], choices: int, rng: Random) -> Iterator[Case]:
    """Yields cases without faults: at random, and an upgrade and a rollback at some call of the journey."""
    for journey in journeys:
        for mode in (
            Mode(RANDOM, rng.randrange(10**6)),
            Mode(UPGRADE, rng.randrange(1, choices)),
            Mode(ROLLBACK, rng.randrange(1, choices)),
        ):
            yield Case(mode, trial.Case(journey))


def faulty_cases(results: Sequence[Result], number: int, rng: Random) -> Iterator[Case]:
    """Yields cases that were run without faults, each with one fault that applies to one of their calls."""
    for _ in range(number):
        result = rng.choice(results)
        made = rng.choice(result.verdict.made)
        injection = Injection(made.place, rng.choice(made.kinds))
        yield Case(result.case.mode, result.case.trial._replace(injections=(injection,)))
