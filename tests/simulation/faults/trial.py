"""One case: a journey, the faults that are injected, and the verdict."""

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


class Injection(NamedTuple):
    """A fault of a kind at the call with this place."""

    place: int
    kind: str

    def __str__(self) -> str:
        return f"{self.place}={self.kind}"


class Case(NamedTuple):
    """A journey and its faults: `fulfilled:12=dies,30=lost`."""

    journey: str
    """Its slug."""
    injections: tuple[Injection, ...] = ()

    def __str__(self) -> str:
        return f"{self.journey}:{','.join(map(str, self.injections))}"

    @classmethod
    def parse(cls, text: str) -> Case:
        """Returns the case that is printed as `text`. Raises ValueError."""
        slug, _, rest = text.partition(":")
        injections = []
        for part in rest.split(",") if rest else ():
            place, _, kind = part.partition("=")
            if kind not in BY_NAME:
                raise ValueError(f"`{kind}` is not a kind of fault: {', '.join(BY_NAME)}")
            injections.append(Injection(int(place), kind))
        if slug not in BY_SLUG:
            raise ValueError(f"`{slug}` is not a journey: {', '.join(BY_SLUG)}")
        return cls(slug, tuple(injections))


class RecordedCall(NamedTuple):
    """A call that was made, and the faults that apply to it."""

    place: int
    state: str
    """The state, or the function."""
    target: str
    kinds: tuple[str, ...]
    """The kinds of faults that apply to it."""


@dataclass(frozen=True)
class Verdict:
    """The result of a case."""

    case: Case
    violations: tuple[str, ...]
    unfired: tuple[Injection, ...]
    """Faults that were not triggered: an error of the run."""
    made: tuple[RecordedCall, ...]
    """Every call in the order of their places, without the SDK's retries."""

    @property
    def is_good(self) -> bool:
        """Whether no guarantee was violated and every fault was triggered."""
        return not self.violations and not self.unfired


def perform(case: Case, shop: Backend) -> Verdict:
    """Run a case from its beginning to its end."""
    journey = BY_SLUG[case.journey]
    with redirect_stdout(io.StringIO()):
        journey.begin(shop)
        injections = [
            (injection, BY_NAME[injection.kind].inject(shop, injection.place))
            for injection in case.injections
        ]
        try:
            journey.go(shop)
            violations = tuple(journey.violations(shop))
        except Exception as failure:
            violations = (f"4: {type(failure).__name__}: {failure}",)
    return Verdict(
        case,
        violations,
        tuple(injection for injection, interruption in injections if not interruption.fired),
        tuple(_made(call) for call in shop.calls.made if call.attempt == 1),
    )


def _made(call: Call) -> RecordedCall:
    return RecordedCall(call.place, call.step.state, call.target, _kinds(call.step.state, call.target))


@cache
def _kinds(state: str, target: str) -> tuple[str, ...]:
    return tuple(kind.name for kind in applicable(Call(Step("", state, 1, 1), 1, target, 1, 1)))


def single_fault_cases(alone: Verdict, kinds: Collection[str]) -> Iterator[Case]:
    """Yields every fault of these kinds at every call that a journey makes without faults."""
    for made in alone.made:
        for kind in (kind for kind in made.kinds if kind in kinds):
            yield Case(alone.case.journey, (Injection(made.place, kind),))
