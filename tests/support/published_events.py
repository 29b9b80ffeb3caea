"""A pytest plugin: every event that a test publishes matches the schema of its type.

The calls of all clients of this process are checked, whatever serves them. A test that has published an event
without a matching schema fails, even if the code under test has caught the error.
"""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

found: list[str] = []
"""What the running test has published although no schema allows it."""

_ignoring: list[bool] = []


def check(operation: str, parameters: Mapping[str, Any]) -> None:
    """Check the events of a call, if it publishes events."""
    if operation != "PutEvents" or _ignoring:
        return
    # Most tests publish nothing, and need neither the schemas nor their validator.
    from tests.support import event_schemas

    for entry in parameters["Entries"]:
        try:
            event_schemas.check_text(entry["DetailType"], entry["Detail"])
        except event_schemas.NotAsDescribed as error:
            found.append(str(error))


@contextmanager
def unchecked() -> Iterator[None]:
    """Within the block, do not check published events: they are those of another release."""
    _ignoring.append(True)
    try:
        yield
    finally:
        _ignoring.pop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, Any, Any]:
    """Fail a test that has published an event that no schema allows."""
    found.clear()
    outcome = yield
    if found:
        from tests.support.event_schemas import NotAsDescribed

        raise NotAsDescribed("\n".join(dict.fromkeys(found)))
    return outcome
