"""One case: a journey, the faults that befall it, and what came of it."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from tests.simulation.faults.journeys import JOURNEYS
from tests.simulation.faults.kinds import BY_NAME, applicable
from tests.support.backend import Backend
from tests.support.injection_points import Call, Step

BY_SLUG = {journey.name.replace(", ", "-").replace(" ", "-"): journey for journey in JOURNEYS}


class Blow(NamedTuple):
    """A fault of a kind at the call of a place."""

    place: int
    kind: str

    def __str__(self) -> str:
        return f"{self.place}={self.kind}"


class Case(NamedTuple):
    """What is tried: `fulfilled:12=dies,30=lost`."""

    journey: str
    """Its slug."""
    blows: tuple[Blow, ...] = ()

    def __str__(self) -> str:
        return f"{self.journey}:{','.join(map(str, self.blows))}"

    @classmethod
    def parse(cls, text: str) -> Case:
        """Read a case as it is printed. Raises ValueError."""
        slug, _, rest = text.partition(":")
        blows = []
        for part in rest.split(",") if rest else ():
            place, _, kind = part.partition("=")
            if kind not in BY_NAME:
                raise ValueError(f"`{kind}` is no kind of fault: {', '.join(BY_NAME)}")
            blows.append(Blow(int(place), kind))
        if slug not in BY_SLUG:
            raise ValueError(f"`{slug}` is no journey: {', '.join(BY_SLUG)}")
        return cls(slug, tuple(blows))


class Made(NamedTuple):
    """A call that was made, and how the faults saw it."""

    place: int
    state: str
    """The state, or the function."""
    target: str
    kinds: tuple[str, ...]
    """The kinds of faults that could befall it."""


@dataclass(frozen=True)
class Verdict:
    """What came of a case."""

    case: Case
    violations: tuple[str, ...]
    unfired: tuple[Blow, ...]
    """Faults that the injector did not see fire: an error of the run."""
    made: tuple[Made, ...]
    """Every call in the order of their places, the SDK's repeats left out."""

    @property
    def is_good(self) -> bool:
        """Whether the system kept every promise, and the faults did befall it."""
        return not self.violations and not self.unfired


def perform(case: Case, shop: Backend) -> Verdict:
    """Run a case from its beginning to its end."""
    journey = BY_SLUG[case.journey]
    with redirect_stdout(io.StringIO()):
        journey.begin(shop)
        blows = [(blow, BY_NAME[blow.kind].strike(shop, blow.place)) for blow in case.blows]
        try:
            journey.go(shop)
            violations = tuple(journey.violations(shop))
        except Exception as failure:
            violations = (f"4: {type(failure).__name__}: {failure}",)
    return Verdict(
        case,
        violations,
        tuple(blow for blow, interruption in blows if not interruption.fired),
        tuple(_made(call) for call in shop.calls.made if call.attempt == 1),
    )


def _made(call: Call) -> Made:
    return Made(call.place, call.step.state, call.target, _kinds(call.step.state, call.target))


@cache
def _kinds(state: str, target: str) -> tuple[str, ...]:
    return tuple(kind.name for kind in applicable(Call(Step("", state, 1, 1), 1, target, 1, 1)))


def singles(alone: Verdict, kinds: Collection[str]) -> Iterator[Case]:
    """Every fault of these kinds at every call that a journey makes by itself."""
    for made in alone.made:
        for kind in (kind for kind in made.kinds if kind in kinds):
            yield Case(alone.case.journey, (Blow(made.place, kind),))
