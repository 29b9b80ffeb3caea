"""What a quick run leaves out (`make test-fast`)."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.quick import CASES, spread

ROOT = Path(__file__).resolve().parent.parent.parent
_TESTS = """
import pytest
from tests.synth import synthesised_with


@pytest.mark.parametrize("case", range(9))
def test_of_many_cases(case): ...


@pytest.mark.slow
def test_that_is_slow(): ...


def test_of_other_settings():
    synthesised_with(None)
"""


@pytest.mark.parametrize(
    ("cases", "kept"),
    [
        ([], []),
        ([1], [1]),
        ([1, 2, 3], [1, 2, 3]),
        ([1, 2, 3, 4], [1, 3, 4]),
        (list(range(9)), [0, 4, 8]),
        (list(range(100)), [0, 50, 99]),
    ],
)
def test_first_middle_and_last_case_are_run(cases: list[int], kept: list[int]) -> None:
    """Which cases of a test are run."""
    assert CASES == 3
    assert spread(cases) == kept


@pytest.mark.slow
def test_slow_tests_most_cases_and_other_settings_are_left_out(tmp_path: Path) -> None:
    """A quick run of a file with all three kinds."""
    file = tmp_path / "test_some.py"
    file.write_text(_TESTS)
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-v",
            "--quick",
            "-p",
            "tests.support.quick",
            "-c",
            "/dev/null",
            file,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "3 passed, 1 skipped, 7 deselected" in ran.stdout, ran.stdout + ran.stderr
    for case in (0, 4, 8):
        assert f"test_of_many_cases[{case}] PASSED" in ran.stdout
    assert "test_that_is_slow" not in ran.stdout
