"""The lock files name packages, versions and hashes, and no place where they come from."""

import re

import pytest

from local.locks import sources
from local.toolchains import ROOT

LOCKS = [source.removesuffix(".in") + ".txt" for source in sources()]


def test_every_lock_of_the_project_is_compiled() -> None:
    found = {
        str(lock.relative_to(ROOT))
        for folder in (".", "layers/*", "local")
        for lock in ROOT.glob(f"{folder}/requirements*.txt")
    }
    assert found == set(LOCKS)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_has_its_version_and_its_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text()
    requirements = re.split(r"^(?=[a-z0-9])", re.sub(r"^ *#.*\n", "", text, flags=re.M), flags=re.M)[1:]
    assert requirements
    for requirement in requirements:
        assert re.match(r"[a-z0-9.-]+==\S+( ; .+)? \\\n( +--hash=sha256:[0-9a-f]{64}( \\)?\n)+$", requirement)


@pytest.mark.parametrize("lock", [*LOCKS, "package-lock.json"])
def test_no_lock_names_an_index(lock: str) -> None:
    text = (ROOT / lock).read_text()
    # A workspace is "resolved" to its folder in this project, which is no address.
    assert not re.search(r"--(extra-)?index|--find-links|--trusted-host|file:", text)
    assert not re.search(r"\"resolved\": \"[^\"]*[:@]", text)
    if lock.endswith(".txt"):
        assert "://" not in text
