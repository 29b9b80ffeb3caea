"""A pytest plugin: `--privileges` compares the grants of roles with those that a whole run has used.

Each worker passes the used grants to the main process. There, a grant that no test has used fails the run,
and a table by service is printed. `make privileges` and `make test` use it.
"""

import sys
from collections.abc import Generator
from typing import Any

import pytest

_USED = pytest.StashKey[list[list[Any]]]()
_LINES = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--privileges",
        action="store_true",
        help="fail if a role allows what no test of this run has used; for runs of all handlers",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, Any, Any]:
    """Fail a test in which a role did not allow a call, even if the handler has caught the error."""
    if present := sys.modules.get("tests.support.least_privilege"):
        present.denials.clear()
    outcome = yield
    present = sys.modules.get("tests.support.least_privilege")
    if present and present.denials:
        raise present.AccessDenied("\n".join(dict.fromkeys(present.denials)))
    return outcome


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Pass this worker's grants to the main process; there, compare the grants of all."""
    config = session.config
    if not config.getoption("--privileges", default=False):
        return
    present = sys.modules.get("tests.support.least_privilege")
    own = [[role, *grant] for role, grant in sorted(present.used)] if present else []
    if (output := getattr(config, "workeroutput", None)) is not None:
        output["privileges"] = own
        return
    config.stash.setdefault(_USED, []).extend(own)
    found, lines = _compared(config.stash[_USED])
    config.stash[_LINES] = lines
    if found and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add a worker's grants, in the main process."""
    node.config.stash.setdefault(_USED, []).extend(getattr(node, "workeroutput", {}).get("privileges", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table, and the unused grants."""
    if lines := config.stash.get(_LINES, []):
        terminalreporter.section("least privilege: granted, used, difference")
        for line in lines:
            terminalreporter.write_line(line)


def _compared(rows: list[list[Any]]) -> tuple[list[str], list[str]]:
    """Returns the differences, and all lines of the report."""
    from tests.support.least_privilege import deployed_roles
    from tools.privileges.policy import Grant
    from tools.privileges.report import differences, table

    used = {(role, Grant(*grant)) for role, *grant in rows}
    found = list(differences(deployed_roles(), used))
    return found, [*table(deployed_roles(), used), *found]
