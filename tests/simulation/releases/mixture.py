"""Chooses which of two releases serves each call, in a backend in which both run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from random import Random
from typing import Any, NamedTuple

from tests.simulation.releases.observation import Observer
from tests.simulation.releases.published import as_read
from tests.simulation.releases.release import Release, begin, ready
from tests.support import least_privilege, published_events
from tests.support.backend import Backend, backend
from tests.support.serving import Handler, served_by
from tests.support.world import responses_of_another_release
from tests.synth import StateMachine

RANDOM, UPGRADE, ROLLBACK, EARLIER, LATER = "random", "upgrade", "rollback", "earlier", "later"
MODES = (RANDOM, UPGRADE, ROLLBACK, EARLIER, LATER)


# Several times the calls of a journey. Orders that do not end would otherwise be driven for minutes.
MOST_CHOICES = 250


class Mode(NamedTuple):
    """How two releases share the calls of a case.

    `random-7`: each call is served by one of the two, by seed 7. `upgrade-5`: the first five calls are served
    by the earlier release, all others by the later one. `rollback-5` is the reverse. `earlier-0` and
    `later-0`: one release alone.
    """

    kind: str
    number: int = 0

    def __str__(self) -> str:
        return f"{self.kind}-{self.number}"

    @classmethod
    def parse(cls, text: str) -> Mode:
        """Returns the mode that is printed as `text`. Raises ValueError."""
        kind, _, number = text.partition("-")
        if kind not in MODES:
            raise ValueError(f"`{kind}` is not a mode: {', '.join(MODES)}")
        return cls(kind, int(number))


class Mixture:
    """A backend whose calls are served by two releases."""

    def __init__(self, shop: Backend, earlier: Release, later: Release, most_choices: int) -> None:
        self._most_choices = most_choices
        self.shop, self.earlier, self.later = shop, earlier, later
        self.calls: Counter[str] = Counter()
        """How many calls each release has served, by its name."""
        self.observer = Observer(shop)
        """What was written and passed on in the present case."""
        self._machines: Mapping[str, str] = {
            release.name: shop.saga.deploy(StateMachine(release.facts.definition, {}), f"orders-{place}")
            for place, release in enumerate(self._both)
        }
        shop.saga.machine = lambda: self._machines[self._choose().name]
        shop.bus.compared = as_read
        shop.bus.check = lambda detail_type, detail: None
        self.begin(Mode(EARLIER))

    @property
    def _both(self) -> tuple[Release, Release]:
        return self.earlier, self.later

    def begin(self, mode: Mode) -> None:
        """Prepare the backend for a case of this mode."""
        self._mode = mode
        # The cases have to be repeatable, not secret.
        self._rng = Random(f"{mode}")  # noqa: S311
        self._served = 0
        # Products and profiles were written by the release that was deployed first.
        self._first = self._both[mode.kind in (ROLLBACK, LATER)]
        wired = self._first
        if mode.kind == RANDOM:
            wired = self._rng.choice(self._both)
            self._first = self._rng.choice(self._both)
        self.shop.variant = f"by {self._first.name}"
        self.shop.wire(wired.facts.wiring)
        self.observer.begin()
        for release in self._both:
            begin(release)

    def release_of(self, handler: str) -> Release:
        """Returns the release that serves the next call of a handler."""
        having = [release for release in self._both if release.has(handler)]
        if self.shop.preparing:
            return self._first if self._first in having else having[0]
        chosen = self._choose()
        return chosen if chosen in having else having[0]

    def _choose(self) -> Release:
        self._served += 1
        if self._served > self._most_choices:
            raise AssertionError(f"the orders have not ended after {self._most_choices} calls")
        match self._mode.kind:
            case "random":
                return self._rng.choice(self._both)
            case "upgrade":
                return self._both[self._served > self._mode.number]
            case "rollback":
                return self._both[self._served <= self._mode.number]
        return self._first

    @property
    def served(self) -> int:
        """How many choices were made in the current case."""
        return self._served

    def _role_of(self, release: Release, handler: str) -> AbstractContextManager[None]:
        """Returns a block in which calls are checked against the deployed role, or not at all.

        They are not checked if the handler's role has lost permissions since the previous release. A rollback
        brings that role back. While a deployment is in progress, the previous handler runs with the present
        role, so what it can no longer do must wait for the present release.
        """
        before, now = (each.facts.actions.get(handler, ()) for each in self._both)
        if release is self.earlier and set(before) - set(now):
            return least_privilege.within(None)
        return nullcontext()

    @contextmanager
    def serve(self, module: str) -> Iterator[Handler]:
        """Let one of the releases serve one call of a handler."""
        name = module.rpartition(".")[2]
        release = self.release_of(name)
        with release.running():
            handler = release.module(f"lambdas.{module}").handler
            if not self.shop.preparing:
                self.calls[release.name] += 1

            def call(event: dict[str, Any], context: Any) -> Any:
                self.observer.called(release, name, event)
                with self._role_of(release, name):
                    answer = handler(release.alteration.event(name, event), context)
                altered = release.alteration.answer(name, answer)
                self.observer.answered(release, name, altered)
                return altered

            yield call


@contextmanager
def mixture(earlier: Release, later: Release, most_choices: int = MOST_CHOICES) -> Iterator[Mixture]:
    """A backend in which two releases are deployed. A case with more choices than that has failed."""
    with ExitStack() as stack:
        shop = stack.enter_context(backend())
        stack.enter_context(ready(shop, earlier, later))
        # Events and responses of the previous release do not match the descriptions of this one.
        stack.enter_context(published_events.unchecked())
        stack.enter_context(responses_of_another_release())
        mixed = Mixture(shop, earlier, later, most_choices)
        stack.enter_context(served_by(mixed.serve))
        yield mixed
