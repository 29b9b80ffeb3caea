"""Processes that perform cases, each with a backend of its own: moto uses one processor and no more."""

from __future__ import annotations

import gc
import logging
import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from itertools import islice

from ordering.aws.logging import logger
from tests.simulation.faults.trial import Case, Verdict, perform
from tests.support.backend import Backend, backend
from tests.support.deployed import wiring
from tests.synth import synthesised_state_machine

# So many cases go to a worker at once: fewer would keep it waiting, more would outlast the time there is.
_BATCH = 8

_open = ExitStack()
_shops: list[Backend] = []


class Crew:
    """Performs cases in no order."""

    def __init__(self, workers: ProcessPoolExecutor, number: int) -> None:
        self._workers = workers
        self._number = number

    def perform(self, cases: Iterable[Case]) -> Iterator[Verdict]:
        """The verdicts, as they come. Cases are taken from the iterator only shortly before their turn."""
        left = iter(cases)
        running: set[Future[list[Verdict]]] = set()
        while True:
            # One batch more than workers, so that none waits.
            while len(running) <= self._number and (batch := list(islice(left, _BATCH))):
                running.add(self._workers.submit(_perform, batch))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield from future.result()


@contextmanager
def crew(number: int) -> Iterator[Crew]:
    """As many workers as there are processors to give them."""
    # Synthesised before they part, so that they need not do it again.
    synthesised_state_machine(), wiring()
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(number, mp_context=fork, initializer=_open_shop) as workers:
        yield Crew(workers, number)


def be_quiet() -> None:
    """Let neither the functions nor moto log: faults are what is wanted here."""
    logger.setLevel(logging.CRITICAL)
    logging.disable(logging.CRITICAL)


def _open_shop() -> None:
    be_quiet()
    _shops.append(_open.enter_context(backend()))
    # What was made until now stays: to look through it for garbage again and again takes a tenth of the time.
    gc.collect()
    gc.freeze()
    gc.disable()


def _perform(cases: Sequence[Case]) -> list[Verdict]:
    verdicts = [perform(case, _shops[0]) for case in cases]
    gc.collect()
    return verdicts
