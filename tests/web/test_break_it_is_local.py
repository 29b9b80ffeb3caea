"""The page "Break it yourself" exists only in a local run: nothing that is deployed contains or names it."""

import json
import re

import pytest

from local.breaking.rerouting import VARIABLE
from local.breaking.routes import PREFIX
from stacks import web_build
from tests.synth import PROJECT, synthesised

_NAMES = (PREFIX, PREFIX.lstrip("/"), VARIABLE, "breakIt", "local.breaking", "local/breaking")


@pytest.mark.parametrize("stage", ["local", "dev", "staging", "prod"])
def test_no_template_names_the_fault_routes(stage: str) -> None:
    app = synthesised(stage)
    text = json.dumps(app.templates)
    assert [name for name in _NAMES if name in text] == []
    assert [file for files in app.assets.values() for file in files if "breaking" in file] == []


@pytest.mark.slow
def test_no_built_file_contains_the_path_of_the_fault_routes() -> None:
    """The page reads the path from config.json, and only the local server writes it there."""
    built = web_build.build()
    scripts = [file for file in built.rglob("*") if file.suffix in (".js", ".html")]
    assert scripts
    for file in scripts:
        text = file.read_text()
        assert PREFIX not in text
        assert "/local/" not in text
    assert not (built / "config.json").exists()


@pytest.mark.slow
def test_shop_does_not_load_the_script_of_the_page() -> None:
    built = web_build.build()
    index = (built / "index.html").read_text()
    (page,) = built.rglob("BreakItPage*.js")
    assert page.name not in index


def test_nothing_that_is_deployed_imports_local() -> None:
    imports = re.compile(r"^\s*(from|import) (local|console)\b", re.MULTILINE)
    deployed = [path for room in ("layers", "lambdas", "stacks") for path in (PROJECT / room).rglob("*.py")]
    assert len(deployed) > 100
    assert [str(path) for path in [*deployed, PROJECT / "app.py"] if imports.search(path.read_text())] == []


def test_only_the_local_server_writes_the_path_into_the_configuration() -> None:
    written = [
        str(path.relative_to(PROJECT))
        for room in ("local", "stacks", "tools", "ops", "console")
        for path in (PROJECT / room).rglob("*.py")
        if '"breakIt"' in path.read_text()
    ]
    assert written == ["local/web_server.py"]
