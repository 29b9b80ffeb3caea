"""A small page for `GET /docs`, in a layer that is on the import path as in Lambda."""

import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lambdas.api import get_docs

PAGE = "<!doctype html><title>Orders API</title>"
POLICY = "default-src 'none'; script-src 'sha256-abc'"


@contextmanager
def docs_page(folder: Path) -> Iterator[None]:
    """Build the layer in `folder`, and put it on the import path for the block."""
    package = folder / "api_viewer"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "page.html.gz").write_bytes(gzip.compress(PAGE.encode(), mtime=0))
    (package / "policy.txt").write_text(POLICY)
    with on_import_path(folder):
        yield


@contextmanager
def on_import_path(folder: Path) -> Iterator[None]:
    """Let the handler find the layer that is built in `folder`, for the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.delitem(sys.modules, "api_viewer", raising=False)
        get_docs._viewer.cache_clear()
        yield
    sys.modules.pop("api_viewer", None)
    get_docs._viewer.cache_clear()
