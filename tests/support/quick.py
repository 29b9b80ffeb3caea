"""A pytest plugin for `--quick`: a run of every quick test that takes less than a minute.

It leaves out what takes most of the time and finds least after a small change:

- tests marked `slow`;
- of a test with many cases, all but the first, the middle and the last;
- tests that synthesise the app with settings other than those of stage dev. They are skipped when they ask
  for the synthesis: nothing says it earlier.

`make test` and CI run everything.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar

import pytest

CASES = 3
"""How many cases of a test are run."""

Case = TypeVar("Case")

_quick = False


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--quick`."""
    parser.addoption(
        "--quick",
        action="store_true",
        help=f"at most {CASES} cases of each test, none marked slow, no synthesis but that of stage dev",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Note whether this run is a quick one."""
    global _quick
    _quick = config.getoption("--quick")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the slow tests, and most cases of tests that have many."""
    if not _quick:
        return
    cases: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("slow") is None:
            cases[item.nodeid.partition("[")[0]].append(item)
    kept = {item for of_one_test in cases.values() for item in spread(of_one_test)}
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def spread(cases: Sequence[Case]) -> list[Case]:
    """Returns the first case, one in the middle, and the last; all of them if there are no more."""
    if len(cases) <= CASES:
        return list(cases)
    return [cases[0], cases[len(cases) // 2], cases[-1]]


def skip_in_a_quick_run(of: str) -> None:
    """Skip the running test if this is a quick run; `of` says what it would synthesise."""
    if _quick:
        pytest.skip(f"it synthesises {of}: `make test` runs it")
