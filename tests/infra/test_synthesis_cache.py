"""The cache of syntheses: whatever a synthesis depends on is in its digest."""

import json
import subprocess
import sys
from importlib.util import source_from_cache
from pathlib import Path

import pytest

from tests.support import synthesis_cache
from tests.support.synthesis_cache import PROJECT, SOURCES, cached

_PROGRAM = """
import json, sys
from pathlib import Path
opened = set()
def note(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, Path)):
        opened.add(str(arguments[0]))
sys.addaudithook(note)
sys.path[:0] = ["layers", "clients/python"]
from tests.support.environment import set_environment
set_environment()
from tests.synthesis import settings_of, synthesise
synthesise(settings_of("dev"), checks=False)
print(json.dumps(sorted(opened)))
"""


@pytest.mark.slow
def test_every_file_of_ours_that_a_synthesis_reads_is_in_the_digest() -> None:
    ran = subprocess.run(
        [sys.executable, "-B", "-c", _PROGRAM], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    read = {path for name in json.loads(ran.stdout.splitlines()[-1]) if (path := _of_ours(Path(name)))}
    assert {path for path in read if path.is_relative_to("stacks")}
    counted = [Path(source) for source in SOURCES]
    assert {path for path in read if not any(path.is_relative_to(source) for source in counted)} == set()


_MODULES = """
import json, sys
sys.path[:0] = ["layers", "clients/python"]
import stacks.stage
files = {m.__file__ for name, m in sys.modules.items() if name.partition(".")[0] == "ordering"}
print(json.dumps(sorted(files)))
"""


@pytest.mark.slow
def test_digest_of_policies_has_every_module_of_the_layer_that_the_stacks_import() -> None:
    ran = subprocess.run(
        [sys.executable, "-B", "-c", _MODULES], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    imported = {Path(name).resolve() for name in json.loads(ran.stdout.splitlines()[-1])}
    counted = set(synthesis_cache.policy_files())
    assert imported - counted == set() != imported
    assert not any(path.is_relative_to(PROJECT / "lambdas") for path in counted)


def _of_ours(path: Path) -> Path | None:
    """A source of the project, by its path in it; None for what is installed, built or another's."""
    absolute = PROJECT / path
    if absolute.suffix == ".pyc":
        # Python has read its compiled form.
        absolute = Path(source_from_cache(str(absolute)))
    if not absolute.is_relative_to(PROJECT) or not absolute.is_file():
        return None
    inside = absolute.relative_to(PROJECT)
    # Packages of the tests and of `local` have nothing but a docstring in their `__init__.py`.
    says_nothing = inside.name == "__init__.py" and inside.parts[0] in ("local", "tests")
    return None if inside.parts[0].startswith(".") or says_nothing else inside


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(synthesis_cache, "_FOLDER", tmp_path)
    return tmp_path


def test_an_entry_is_made_once(folder: Path) -> None:
    made = [cached("a stage", lambda: {"templates": {"data": {}}}) for _ in range(2)]
    assert made[0] == made[1] == {"templates": {"data": {}}}
    made[0]["templates"]["data"] = "changed by a test"
    assert cached("a stage", lambda: {"never": "made"}) == made[1]
    assert cached("another", lambda: {"was": "made"}) == {"was": "made"}


def test_a_failed_synthesis_is_not_kept(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        cached("a stage", lambda: {"number": 1 // 0})
    assert cached("a stage", lambda: {"number": 1}) == {"number": 1}
