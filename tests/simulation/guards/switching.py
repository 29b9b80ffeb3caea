"""Guards are switched off by their names, with what happens instead of them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from ordering.guards import Guard, without
from tests.simulation.guards.instead import INSTEAD, only_what_it_took_itself
from tests.simulation.harness.scenario_run import SagaHarness
from tests.support.backend import Backend
from tests.support.deployed import wiring

DEPLOYED = frozenset({Guard.CONSUME_VISIBILITY})
"""The guards in the templates: they are off only after the app was synthesised again."""


@contextmanager
def switched_off(*guards: Guard, system: object = None) -> Iterator[None]:
    """Switch guards off; with a `system`, also those in its templates."""
    off = {guard: INSTEAD.get(guard) for guard in guards}
    if isinstance(system, SagaHarness) and Guard.UNDO_LEDGER in off:
        off[Guard.UNDO_LEDGER] = only_what_it_took_itself(system.cloud.saga.recorder)
    with ExitStack() as stack:
        stack.enter_context(without(off))
        if isinstance(system, Backend) and DEPLOYED & off.keys():
            # Not from the cache of syntheses, which does not know guards.
            from tests.synthesis import synthesise

            again = wiring.__wrapped__(synthesise=synthesise).queues["notify_customer"]
            stack.enter_context(patch.object(system.notifications, "consumed", again))
        yield
