"""docs/testing.md names tests that exist, has a section for each guarantee, and misses no folder of tests."""

import re
from collections.abc import Iterator

import pytest

from tests.synth import PROJECT

PAGE = (PROJECT / "docs" / "testing.md").read_text()
ARCHITECTURE = (PROJECT / "docs" / "architecture.md").read_text()

# A file or a folder of tests, in a sentence, a table or a command.
_PATH = re.compile(r"\btests/[\w/]*\w(?:\.py)?")
# Modules that tests use.
_SUPPORT = {"support", "events", "__pycache__"}


def _sections() -> dict[int, str]:
    """The section of each guarantee, by its number."""
    part = PAGE.partition("## Guarantees and their tests\n")[2].partition("\n## ")[0]
    found = re.split(r"^### (\d)\. .*$", part, flags=re.M)[1:]
    return {int(number): text for number, text in zip(found[::2], found[1::2], strict=True)}


def _guarantees() -> Iterator[tuple[int, str]]:
    """The guarantees as docs/architecture.md defines them: number and title."""
    part = ARCHITECTURE.partition("## The guarantees\n")[2].partition("\n## ")[0]
    for number, title in re.findall(r"^(\d)\. \*\*([\w ]+)\.\*\*", part, flags=re.M):
        yield int(number), title


@pytest.mark.parametrize("path", sorted(set(_PATH.findall(PAGE))))
def test_every_test_that_the_page_names_exists(path: str) -> None:
    assert (PROJECT / path).exists()


def test_every_guarantee_has_its_section() -> None:
    titles = re.findall(r"^### (\d)\. ([\w ]+)$", PAGE, flags=re.M)
    assert [(int(number), title) for number, title in titles] == list(_guarantees())
    assert len(titles) == 7


@pytest.mark.parametrize("number", range(1, 8))
def test_each_section_names_test_files_and_a_command_that_runs_them(number: int) -> None:
    text = _sections()[number]
    assert len(set(re.findall(r"`(tests/[\w/]+\.py)`", text))) >= 3
    assert re.search(r"^\.venv/bin/python -m pytest -q tests/", text, flags=re.M)


def test_every_folder_of_the_simulation_has_a_tier() -> None:
    tiers = PAGE.partition("## Tiers\n")[2].partition("\n## ")[0]
    folders = {path.parent.name for path in (PROJECT / "tests" / "simulation").glob("*/__init__.py")}
    assert {name for name in folders if f"`tests/simulation/{name}/`" not in tiers} == set()


def test_every_folder_of_tests_is_on_the_page() -> None:
    folders = {path.name for path in (PROJECT / "tests").iterdir() if path.is_dir()} - _SUPPORT
    assert {name for name in folders if f"tests/{name}" not in PAGE} == set()


def test_the_page_is_found_by_the_word_oversold() -> None:
    assert "oversold" in _sections()[2]
