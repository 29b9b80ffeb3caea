"""Faults on request exist in a local run only: nothing that is deployed has or names them."""

import json
import re

import pytest

from local.breaking.rerouting import VARIABLE
from local.breaking.routes import PREFIX
from stacks import web_build
from tests.synth import PROJECT, synthesised

_NAMES = (PREFIX, PREFIX.lstrip("/"), VARIABLE, "breakIt", "local.breaking", "local/breaking")


@pytest.mark.parametrize("stage", ["local", "dev", "staging", "prod"])
def test_no_template_names_the_faults(stage: str) -> None:
    app = synthesised(stage)
    text = json.dumps(app.templates)
    assert [name for name in _NAMES if name in text] == []
    assert [file for files in app.assets.values() for file in files if "breaking" in file] == []


@pytest.mark.slow
def test_no_built_file_knows_an_address_of_the_faults() -> None:
    """The page has the path from config.json, which only the local server writes with one."""
    built = web_build.build()
    scripts = [file for file in built.rglob("*") if file.suffix in (".js", ".html")]
    assert scripts
    for file in scripts:
        text = file.read_text()
        assert PREFIX not in text
        assert "/local/" not in text
    assert not (built / "config.json").exists()


@pytest.mark.slow
def test_customers_load_nothing_of_the_page() -> None:
    built = web_build.build()
    index = (built / "index.html").read_text()
    (page,) = built.rglob("BreakItPage*.js")
    assert page.name not in index


def test_nothing_that_is_deployed_imports_the_local_run() -> None:
    imports = re.compile(r"^\s*(from|import) (local|console)\b", re.MULTILINE)
    deployed = [path for room in ("layers", "lambdas", "stacks") for path in (PROJECT / room).rglob("*.py")]
    assert len(deployed) > 100
    assert [str(path) for path in [*deployed, PROJECT / "app.py"] if imports.search(path.read_text())] == []


def test_only_the_local_server_writes_a_configuration_with_the_faults() -> None:
    written = [
        str(path.relative_to(PROJECT))
        for room in ("local", "stacks", "tools", "ops", "console")
        for path in (PROJECT / room).rglob("*.py")
        if '"breakIt"' in path.read_text()
    ]
    assert written == ["local/web_server.py"]
