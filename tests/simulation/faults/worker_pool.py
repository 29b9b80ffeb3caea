"""Processes that run cases, each with its own backend: moto uses one core only."""

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

# Cases per batch: with fewer, a worker would wait; with more, a run would exceed its time.
_BATCH = 8

_open = ExitStack()
_backends: list[Backend] = []


class WorkerPool:
    """Runs cases in no particular order."""

    def __init__(self, workers: ProcessPoolExecutor, number: int) -> None:
        self._workers = workers
        self._number = number

    def perform(self, cases: Iterable[Case]) -> Iterator[Verdict]:
        """Yields the verdicts as they arrive. Cases are taken from the iterator only shortly before they are
        run."""
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
def worker_pool(number: int) -> Iterator[WorkerPool]:
    """A pool of this many processes."""
    # Synthesised before the fork, so that no worker has to do it again.
    synthesised_state_machine(), wiring()
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(number, mp_context=fork, initializer=_set_up) as workers:
        yield WorkerPool(workers, number)


def be_quiet() -> None:
    """Turn off the logs of the functions and of moto: faults are expected here."""
    logger.setLevel(logging.CRITICAL)
    logging.disable(logging.CRITICAL)


def _set_up() -> None:
    be_quiet()
    _backends.append(_open.enter_context(backend()))
    # Existing objects stay: scanning them for garbage again and again takes a tenth of the time.
    gc.collect()
    gc.freeze()
    gc.disable()


def _perform(cases: Sequence[Case]) -> list[Verdict]:
    verdicts = [perform(case, _backends[0]) for case in cases]
    gc.collect()
    return verdicts
