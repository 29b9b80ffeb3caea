"""Every link within the documentation leads to a file, and to a heading there if it names one."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.synth import PROJECT

# docs/api-changes.md quotes patterns, whose brackets look like links.
_PAGES = sorted(
    PROJECT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    if name != "docs/api-changes.md" and (PROJECT / name).exists()
)
_LINK = re.compile(r"\]\((?P<file>[^)#\s]*)(?:#(?P<heading>[^)\s]+))?\)")
_FENCED = re.compile(r"^ *```.*?^ *```", re.M | re.S)


def _anchor(heading: str) -> str:
    """Returns the anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def _anchors(page: Path) -> set[str]:
    return {_anchor(heading) for heading in re.findall(r"^#+ (.+)$", page.read_text(), re.M)}


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_link_has_an_existing_target(page: Path) -> None:
    for link in _LINK.finditer(_FENCED.sub("", page.read_text())):
        if "://" in link["file"] or link["file"].startswith("mailto:"):
            continue
        target = page.parent / link["file"] if link["file"] else page
        assert target.exists(), link[0]
        if link["heading"]:
            assert link["heading"] in _anchors(target), link[0]


def test_an_anchor_is_spelt_as_github_spells_it() -> None:
    assert _anchor("The guarantees") == "the-guarantees"
    assert _anchor("Time: fits inside") == "time-fits-inside"
