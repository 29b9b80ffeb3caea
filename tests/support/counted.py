"""A pytest plugin: prints figures that tests have counted, at the end of the run.

If there are several workers, each passes its lines to the main process.
"""

from typing import Any

import pytest

_LINES = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> list[str]:
    """Returns the list of lines to print at the end of the run; a test appends to it."""
    return request.config.stash.setdefault(_LINES, [])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Pass this worker's lines to the main process."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["counted"] = session.config.stash.get(_LINES, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add a worker's lines, in the main process."""
    counted = getattr(node, "workeroutput", {}).get("counted", [])
    node.config.stash.setdefault(_LINES, []).extend(counted)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the lines."""
    if lines := config.stash.get(_LINES, []):
        terminalreporter.section("counted end to end")
        for line in lines:
            terminalreporter.write_line(line)
