"""The environment of every test, and a fresh world in memory for those that ask for one.

Nothing is imported here that a test of the domain does not need: neither AWS's clients, moto nor CDK.
`tests/unit/test_imports.py` holds it to that.
"""

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.encodable import encodable
from tests.support.environment import set_environment

if TYPE_CHECKING:
    from tests.support.world import World

pytest_plugins = [
    "tests.support.counted",
    "tests.support.privileges",
    "tests.support.published_events",
    "tests.support.quick",
]

# Before any handler is imported: see `tests.support.environment`.
set_environment()

_UNITS = Path(__file__).parent / "unit"

# After every 700 new objects, Python searches all that the tests have imported for cycles: a third of a run's
# time. The tests make few cycles, so it searches rarely, and not in modules (`pytest_collection_finish`).
gc.set_threshold(200_000, 50, 100)


def pytest_collection_finish() -> None:
    """Take everything that is imported by now out of the search for cycles."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, dict[str, Any] | None, Any]:
    """Write half a surrogate as an escape in what a worker reports: UTF-8, in which it is sent, has none.

    What a test that passed has printed is not sent: nothing shows it, and it is most of the work.
    """
    report = yield
    if report and report.get("outcome") == "passed":
        report["sections"] = []
    return encodable(report)


def pytest_pycollect_makemodule(module_path: Path) -> None:
    """Import moto before a module of tests: it sees only the calls of clients that were made after it.

    A conftest is loaded before this, so those of packages that call handlers import moto themselves.
    """
    if _UNITS not in module_path.parents:
        import moto  # noqa: F401


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """What a test changes in the process's environment is put back: our own command lines close it off."""
    before = dict(os.environ)
    yield
    if os.environ != before:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def world() -> "Iterator[World]":
    """A shop with empty tables."""
    import moto

    from tests.support.snapshots import beginning_with
    from tests.support.tables import create_tables
    from tests.support.world import World

    with moto.mock_aws():
        beginning_with("empty tables", create_tables)
        yield World()
