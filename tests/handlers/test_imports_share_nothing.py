"""A snapshot of an imported handler (SnapStart) contains nothing unique, secret or time-bound."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from stacks.settings import FAST_START_FUNCTIONS
from tests.synth import PROJECT


def _imported(root: Path) -> list[str]:
    """The lines that `tests.support.guarded_imports` prints; the last one counts the handlers."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.support.guarded_imports", str(root)],
        cwd=PROJECT,
        env={"PYTHONPATH": f"{PROJECT}:{PROJECT / 'layers'}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


@pytest.mark.slow
def test_importing_a_handler_makes_nothing_unique_secret_or_time_bound() -> None:
    handlers = len(list((PROJECT / "lambdas").glob("*/[a-z]*.py")))
    assert _imported(PROJECT) == [f"{handlers} handlers"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("made", "named"),
    [
        ("from uuid import uuid4\nINSTANCE = uuid4()", "uuid.uuid4"),
        ("import os\nKEY = os.urandom(32)", "os.urandom"),
        ("import secrets\nTOKEN = secrets.token_hex()", "secrets.token_hex"),
        ("import random\nJITTER = random.random()", "random.random"),
        ("import time\nSTARTED = time.time()", "time.time"),
        ("from datetime import UTC, datetime\nSTARTED = datetime.now(UTC)", "datetime.now"),
        ("from ordering.domain.clock import now\nSTARTED = now()", "datetime.now"),
    ],
)
def test_what_a_handler_makes_while_it_is_imported_is_found(made: str, named: str, tmp_path: Path) -> None:
    (tmp_path / "lambdas" / "unique").mkdir(parents=True)
    (tmp_path / "lambdas" / "unique" / "made_at_import.py").write_text(f"{made}\n")
    *found, count = _imported(tmp_path)
    assert any(f"calls {named} while it is imported" in line for line in found)
    assert count == "1 handlers"


@pytest.mark.slow
def test_call_of_a_service_while_a_handler_is_imported_is_found(tmp_path: Path) -> None:
    (tmp_path / "lambdas" / "unique").mkdir(parents=True)
    (tmp_path / "lambdas" / "unique" / "reads_secret.py").write_text(
        "from ordering.aws.clients import client\n"
        "SECRET = client('secretsmanager').get_secret_value(SecretId='secret')\n"
    )
    with pytest.raises(AssertionError, match="the response would be shared"):
        _imported(tmp_path)


@pytest.mark.parametrize("name", FAST_START_FUNCTIONS)
def test_function_that_may_start_from_a_snapshot_does_not_use_the_shared_generator(name: str) -> None:
    """`random` is seeded when it is imported: environments of one snapshot would draw the same numbers."""
    (path,) = (PROJECT / "lambdas").glob(f"*/{name}.py")
    imported = {
        alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert "random" not in imported
