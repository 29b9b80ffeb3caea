"""All checks, in the order in which their findings are printed."""

from __future__ import annotations

from collections.abc import Iterator

from stacks.settings import Settings, distributions_of
from tools.preflight.account import concurrency, identity, mail, reserved_concurrency, secrets
from tools.preflight.changes import encryption, user_pool_plan, warm_throughput
from tools.preflight.distributions import bootstrap_of_us_east_1, certificate
from tools.preflight.failed_stacks import failed_stacks
from tools.preflight.finding import Clients, Finding


def check(settings: Settings, clients: Clients) -> Iterator[Finding]:
    """Yields the findings of every check. Raises the errors of the SDK."""
    here = identity(settings, clients)
    yield here
    if here.remedy:
        # The other checks would then describe another account.
        return
    yield concurrency(settings, clients)
    if settings.reserved_concurrency:
        yield reserved_concurrency(settings, clients)
    yield from mail(settings, clients)
    yield from secrets(settings, clients)
    yield from failed_stacks(settings, clients)
    yield from encryption(settings, clients)
    yield from user_pool_plan(settings, clients)
    if settings.warm_throughput:
        yield from warm_throughput(settings.warm_throughput, settings.stage, clients)
    if distributions := distributions_of(settings):
        yield bootstrap_of_us_east_1(clients)
        for name, distribution in distributions.items():
            yield from certificate(name, distribution, clients)
