"""The TypeScript client and the web application: types, unit tests, and the size of what is built."""

import gzip
import re
import subprocess
from pathlib import Path

import pytest

from stacks import web_build
from tests.synth import PROJECT
from tools.costs import web

_MODULES = PROJECT / "node_modules"
_TESTS = PROJECT / ".build" / "web-tests"
_BUDGET = 150 * 1024

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built() -> Path:
    return web_build.build()


@pytest.fixture(scope="module")
def prepared() -> None:
    """The compiled client and the generated files that the sources import."""
    web_build.prepare()


def _tsc(*arguments: str, cwd: Path = PROJECT) -> str:
    command = ["node", str(_MODULES / "typescript" / "bin" / "tsc"), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False).stdout


@pytest.mark.usefixtures("prepared")
def test_application_compiles_strictly() -> None:
    assert _tsc("--project", "web") == ""


@pytest.mark.usefixtures("prepared")
def test_unit_tests_of_the_client_and_the_application_pass() -> None:
    assert _tsc("--project", "web/tsconfig.test.json") == ""
    # Without this file, Node treats the compiled modules as CommonJS.
    (_TESTS / "package.json").write_text('{"type": "module"}')
    files = sorted(str(file) for file in _TESTS.rglob("*.test.js"))
    ran = subprocess.run(["node", "--test", *files], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert int(re.findall(r"^# pass (\d+)$", ran.stdout, re.MULTILINE)[0]) >= 40


@pytest.mark.usefixtures("prepared")
def test_example_in_the_clients_readme_compiles_strictly() -> None:
    page = (PROJECT / "clients" / "typescript" / "README.md").read_text()
    (program,) = re.findall(r"^```ts\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    # Inside the project, so that the import of the client is resolved.
    folder = PROJECT / ".build" / "web-readme"
    folder.mkdir(parents=True, exist_ok=True)
    options = ["--strict", "--noEmit", "--target", "es2022", "--module", "nodenext"]
    (folder / "page.mts").write_text(program)
    assert _tsc(*options, "page.mts", cwd=folder) == ""
    (folder / "page.mts").write_text(program.replace("quantity: 2", 'quantity: "2"'))
    assert "TS2322" in _tsc(*options, "page.mts", cwd=folder)


def test_script_is_at_most_150_kilobytes_compressed(built: Path) -> None:
    sizes = [len(gzip.compress(file.read_bytes(), 9)) for file in built.rglob("*.js")]
    assert 20 * 1024 < sum(sizes) <= _BUDGET


def test_first_visit_loads_what_its_costs_assume(built: Path) -> None:
    """The page, its icon, and what it names; `config.json` has half a kilobyte."""
    page = (built / "index.html").read_text()
    loaded = ["index.html", *(path.lstrip("/") for path in re.findall(r'(?:src|href)="([^"]+)"', page))]
    loaded += [f"assets/{font.name}" for font in built.rglob("*.woff2")]
    size = sum(len(gzip.compress((built / name).read_bytes(), 9)) for name in loaded) + 500
    assert len(loaded) == len(set(loaded)) == web.REVALIDATED - 1 + web.HASHED
    assert size / 1000 == pytest.approx(web.KILOBYTES, rel=0.1)


def test_page_has_no_inline_script_style_or_address_of_another_origin(built: Path) -> None:
    page = (built / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert "<style" not in page
    assert re.findall(r"\bstyle=|\bon\w+=", page) == []
    assert re.findall(r'(?:src|href)="(?!/)', page) == []
    for sheet in built.rglob("*.css"):
        assert re.findall(r"url\(\"?(?!/assets/)", sheet.read_text()) == []


def test_unchanged_application_is_not_built_again(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: str) -> None:
        raise AssertionError(arguments)

    monkeypatch.setattr(web_build, "_run", refuse)
    assert web_build.build() == built


@pytest.mark.parametrize(("path", "missing"), [("", "Node.js"), (None, "vite/bin/vite.js")])
def test_build_without_node_or_its_packages_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, path: str | None, missing: str
) -> None:
    if path is not None:
        monkeypatch.setenv("PATH", path)
    monkeypatch.setattr(web_build, "_MODULES", tmp_path)
    with pytest.raises(SystemExit, match=f"there is no {re.escape(missing)}.*run `make setup`"):
        web_build._run("vite/bin/vite.js")


def test_application_is_built_from_its_sources_and_from_nothing_generated() -> None:
    named = {str(path.relative_to(PROJECT)) for path in web_build._files()}
    others = {"layers/ordering/http/openapi.json", "docs/saga.md", "package-lock.json"}
    assert {*others, "web/index.html", "clients/typescript/src/client.ts"} <= named
    assert not [name for name in named if "/generated/" in name or "/dist/" in name or "node_modules" in name]


def test_every_state_of_the_saga_is_in_its_picture(built: Path) -> None:
    described = (PROJECT / "docs" / "saga.md").read_text()
    states = re.findall(r'^ *state "(.+)" as', described, re.MULTILINE)
    script = "".join(file.read_text() for file in built.rglob("*.js"))
    assert len(states) > 10
    assert [state for state in states if state not in script] == []
