"""Builds the layer with the page at `/docs`, Swagger UI in one file, and with the pages of problems.

    .build/viewer/<hash of the inputs>/python/api_viewer/{page.html.gz, policy.txt, problems/..., ...}

`make setup` installs Swagger UI (`swagger-ui-dist` from npm) into node_modules.
"""

import gzip
import hashlib
import shutil
import tempfile
from pathlib import Path

from stacks import viewer_pages
from stacks.viewer_pages import Page

_PROJECT = Path(__file__).resolve().parent.parent
_BUILT = _PROJECT / ".build" / "viewer"
_SWAGGER_UI = _PROJECT / "node_modules" / "swagger-ui-dist"

# Included in the layer, as the Apache licence and the licences of bundled parts require.
_LICENCES = ("LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt")


def build() -> Path:
    """Returns the layer's directory, and builds it if its inputs have changed.

    Raises SystemExit with a remedy if Swagger UI is not installed.
    """
    if not (_SWAGGER_UI / viewer_pages.BUNDLE).exists():
        raise SystemExit("The page at /docs needs Swagger UI, which is not in node_modules: run make setup")
    built = _BUILT / _key()
    if not built.exists():
        _BUILT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_BUILT, prefix="half-built-") as scratch:
            half_built = Path(scratch) / "layer"
            _fill(half_built / "python" / "api_viewer")
            try:
                half_built.rename(built)
            except OSError:
                # Another process may have built the same layer in the meantime.
                if not built.exists():
                    raise
    return built


def page() -> tuple[str, str]:
    """Returns the page at `/docs` and its content security policy."""
    made = viewer_pages.docs_page(_SWAGGER_UI)
    return made.html, made.policy


def _key() -> str:
    """Returns a hash of all inputs, including this file."""
    digest = hashlib.sha256()
    licences = [_SWAGGER_UI / name for name in _LICENCES]
    for path in (Path(__file__), *viewer_pages.sources(_SWAGGER_UI), *licences):
        digest.update(path.name.encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]


def _fill(package: Path) -> None:
    html, policy = page()
    problems = package / "problems"
    problems.mkdir(parents=True)
    (package / "__init__.py").write_text('"""The page at /docs, built by `stacks/viewer.py`."""\n')
    (package / "page.html.gz").write_bytes(gzip.compress(html.encode(), mtime=0))
    (package / "policy.txt").write_text(policy)
    _write(package / "sign-in.html", viewer_pages.sign_in_page())
    for name, problem in viewer_pages.problem_pages():
        _write(problems / f"{name}.html", problem)
    for licence in _LICENCES:
        shutil.copy(_SWAGGER_UI / licence, package)


def _write(path: Path, page: Page) -> None:
    path.write_text(page.html, encoding="utf-8")
    path.with_suffix(".policy").write_text(page.policy)
