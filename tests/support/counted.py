"""A plugin of pytest: what tests have counted, and do not only assert, is printed at the end of the run.

Where tests are spread over workers, each hands its lines to the process that started it.
"""

from typing import Any

import pytest

_LINES = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> list[str]:
    """Lines for the end of the run."""
    return request.config.stash.setdefault(_LINES, [])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what this worker has counted."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["counted"] = session.config.stash.get(_LINES, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker has counted."""
    counted = getattr(node, "workeroutput", {}).get("counted", [])
    node.config.stash.setdefault(_LINES, []).extend(counted)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the lines."""
    if lines := config.stash.get(_LINES, []):
        terminalreporter.section("counted end to end")
        for line in lines:
            terminalreporter.write_line(line)
