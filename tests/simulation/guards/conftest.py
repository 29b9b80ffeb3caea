"""The report: each guard, its guarantee, and the trial that breaks it."""

from pathlib import Path

import pytest

_FOLDER = Path(__file__).parent
_REPORT = pytest.StashKey[list[str]]()
_ALONE = pytest.StashKey[bool]()


@pytest.fixture
def report(request: pytest.FixtureRequest) -> list[str]:
    """The lines of the report."""
    return request.config.stash.setdefault(_REPORT, [])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note whether only these tests are run: the report is long, and printed only then."""
    config.stash[_ALONE] = all(_FOLDER in item.path.parents for item in items)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the report."""
    if config.stash.get(_ALONE, False):
        terminalreporter.section("guards, and what breaks without them")
        for line in config.stash.get(_REPORT, []):
            terminalreporter.line(line)
