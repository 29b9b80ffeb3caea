"""A pytest plugin: figures that tests have counted are printed at the end of the run.

With several workers, each passes its lines to the main process.
"""

from typing import Any

import pytest

_LINES = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> list[str]:
    """Lines for the end of the run."""
    return request.config.stash.setdefault(_LINES, [])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Pass on this worker's lines."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["counted"] = session.config.stash.get(_LINES, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take a worker's lines."""
    counted = getattr(node, "workeroutput", {}).get("counted", [])
    node.config.stash.setdefault(_LINES, []).extend(counted)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the lines."""
    if lines := config.stash.get(_LINES, []):
        terminalreporter.section("counted end to end")
        for line in lines:
            terminalreporter.write_line(line)
