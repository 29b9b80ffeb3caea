"""A release in this process, with its own copy of every module of `ordering` and `lambdas`.

Two copies are in memory at once. A module finds others by name when it is imported, and msgspec finds types
by name when a record is first read, so a release's modules are in `sys.modules` whenever its code runs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from ordering.providers.faults import GatewayFault
from tests.releases.previous import PROJECT, previous_checkout
from tests.simulation.releases.alteration import UNALTERED, Alteration
from tests.simulation.releases.facts import Facts, facts_of_the_previous_release, facts_of_this_project
from tests.support.backend import Backend
from tests.support.client_calls import Parameters, Send, intercepted
from tests.support.machine import PROVIDERS
from tests.support.sequential_executor import SequentialExecutor

_ROOTS = ("ordering", "lambdas")

_running: list[Release] = []
"""The releases whose code runs, the innermost last."""


@dataclass(frozen=True, eq=False)
class Release:
    """A release: its name, its modules, its stacks, and how it is altered."""

    name: str
    facts: Facts
    modules: dict[str, ModuleType] = field(repr=False)
    alteration: Alteration = UNALTERED

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run this release's code within the block. Code of another release may run in a nested block."""
        others = _take_out()
        sys.modules.update(self.modules)
        _running.append(self)
        try:
            with patch.dict(os.environ, self.facts.environment), self.alteration.patched(self.module):
                yield
        finally:
            _running.pop()
            # Handlers import some modules only when they need them.
            self.modules.update(_take_out())
            sys.modules.update(others)

    def module(self, name: str) -> ModuleType:
        """Returns one of its modules, while it is running."""
        return import_module(name)

    def has(self, handler: str) -> bool:
        """Whether the release has a function with this handler (`place_order`)."""
        return handler in self.facts.variables

    def altered(self, name: str, alteration: Alteration) -> Release:
        """Returns a release with the same modules that differs by an alteration."""
        return replace(self, name=name, alteration=alteration, facts=alteration.facts(self.facts))


def this_release() -> Release:
    """Returns the release that this project would become."""
    return _load("this", PROJECT, facts_of_this_project())


def previous_release() -> Release:
    """Returns the recorded release. Raises ReleaseMissing."""
    return _load("previous", previous_checkout(), facts_of_the_previous_release())


def _load(name: str, root: Path, facts: Facts) -> Release:
    release = Release(name, facts, {})
    folders = [str(root), str(root / "layers")]
    with release.running(), patch.object(sys, "path", [*folders, *sys.path]):
        for package in _ROOTS:
            found = Path(str(import_module(package).__file__)).parent.parent
            assert str(found) in folders, f"`{package}` of release {name} was found in {found}"
    return release


def _take_out() -> dict[str, ModuleType]:
    ours = [name for name in sys.modules if name.partition(".")[0] in _ROOTS]
    return {name: sys.modules.pop(name) for name in ours}


@contextmanager
def ready(shop: Backend, *releases: Release) -> Iterator[None]:
    """Let the code of these releases run in a backend: by its clock, its faults, and without threads."""
    with ExitStack() as stack:
        for release in releases:
            with release.running():
                _prepare(shop, release, stack)
        stack.enter_context(_altered_calls())
        yield


def _prepare(shop: Backend, release: Release, stack: ExitStack) -> None:
    def replaced(module: str, name: str, by: Any) -> None:
        stack.enter_context(patch.object(release.module(module), name, by))

    stack.enter_context(shop.clock.ticking(release.module("ordering.domain.clock")))
    replaced("ordering.resilience.parallel", "ThreadPoolExecutor", SequentialExecutor)
    replaced(_waiting_module(release), "sleep", shop.clock.move)
    if sender := _module_or_none(release, "ordering.webhooks.sender"):
        stack.enter_context(patch.object(sender, "post", shop.receiver.post(sender)))
        replaced("lambdas.events.deliver_webhook", "sleep", shop.clock.move)
    faults = release.module("ordering.providers.faults")
    for provider, protocol, sandbox in PROVIDERS:
        own = getattr(release.module(sandbox.__module__), sandbox.__name__)
        for name in (name for name in vars(protocol) if not name.startswith("_") and hasattr(own, name)):
            call = shop.calls.provider(f"{provider}.{name}", getattr(own, name))
            stack.enter_context(patch.object(own, name, _with_own_faults(call, faults)))


def _module_or_none(release: Release, name: str) -> ModuleType | None:
    """Returns a module of a release that is running; None if the release has no such module."""
    try:
        return release.module(name)
    except ModuleNotFoundError:
        return None


def _waiting_module(release: Release) -> str:
    """Returns the module in which a consumer of events waits between its attempts."""
    shared = "ordering.consumers.event_consumer"
    # The first recorded release had no code that all consumers share.
    return shared if _module_or_none(release, shared) else "lambdas.events.notify_customer"


def _with_own_faults(call: Callable[..., Any], faults: ModuleType) -> Callable[..., Any]:
    """Returns the call, with an injected fault raised as the release's own exception."""

    def operate(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except GatewayFault as fault:
            raise getattr(faults, type(fault).__name__)(*fault.args) from fault

    return operate


@contextmanager
def _altered_calls() -> Iterator[None]:
    """Let the alteration of the release whose code runs change its calls of AWS."""

    def alter(client: BaseClient, operation: str, parameters: Parameters, send: Send) -> Any:
        if not _running or _running[-1].alteration is UNALTERED:
            return send(parameters)
        alteration = _running[-1].alteration
        altered = alteration.request(operation, parameters)
        try:
            return alteration.response(operation, send(altered))
        except ClientError as error:
            error.response = alteration.response(operation, error.response)
            raise

    with intercepted(alter):
        yield


def begin(release: Release) -> None:
    """Clear the caches of the release's processes."""
    with release.running():
        release.module("lambdas.events.drive_order").process.begin()
        if secret_key := _module_or_none(release, "ordering.webhooks.secret_key"):
            if hasattr(secret_key, "webhook_keys"):
                secret_key.webhook_keys.forget()
            else:
                secret_key.webhook_key.cache_clear()


def running_release() -> Release | None:
    """Returns the release whose code runs."""
    return _running[-1] if _running else None
