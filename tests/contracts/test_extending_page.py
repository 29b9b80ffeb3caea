"""docs/extending.md names files that exist, and is linked from the pages that lead to it."""

import re

import pytest

from tests.synth import PROJECT

PAGE = (PROJECT / "docs" / "extending.md").read_text()
_FOLDERS = "clients|console|docs|lambdas|layers|local|ops|stacks|tests|tools|web"
# `<name>` is a placeholder.
_PATH = re.compile(rf"\b(?:{_FOLDERS})/[\w./<>-]*[\w>]")
PATHS = sorted({path for path in _PATH.findall(PAGE) if "<" not in path})
PATTERNS = sorted({path for path in _PATH.findall(PAGE) if "<" in path})
SECTIONS = re.findall(r"^## (.+)$", PAGE, re.M)


@pytest.mark.parametrize("path", PATHS)
def test_every_path_of_the_page_exists(path: str) -> None:
    assert (PROJECT / path).exists()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_of_the_page_has_its_folder(pattern: str) -> None:
    assert (PROJECT / pattern.partition("<")[0]).parent.is_dir()
    assert list(PROJECT.glob(re.sub("<[^>]*>", "*", pattern)))


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_ends_with_a_command(section: str) -> None:
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    assert "```sh\n" in text


ROWS = dict(re.findall(r"^\| \[(.+)\]\(#[\w-]+\) \| (.+) \|$", PAGE, re.M))
"""What is added → its number of steps, as the table at the top says it."""


def test_table_names_every_section() -> None:
    assert [name.lower() for name in SECTIONS if name.startswith(("A ", "An "))] == list(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_table_has_the_number_of_steps_of_each_section(name: str) -> None:
    text = PAGE.partition(f"\n## {name[0].upper()}{name[1:]}\n")[2].partition("\n## ")[0]
    assert sum(map(int, re.findall(r"\d+", ROWS[name]))) == len(re.findall(r"^\d+\. ", text, re.M))


@pytest.mark.parametrize("page", ["README.md", "docs/architecture.md"])
def test_the_page_is_linked(page: str) -> None:
    assert "extending.md" in (PROJECT / page).read_text()
