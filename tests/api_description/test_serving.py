"""GET /openapi.json and GET /docs."""

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lambdas.api import get_docs
from ordering.http.answer import SECURITY_HEADERS
from tests.api_description.conftest import Json
from tests.support.recorded import http_event
from tests.support.world import invoke

PAGE = "<!doctype html><title>Orders API</title>"
POLICY = "default-src 'none'; script-src 'sha256-abc'"


@pytest.fixture
def _viewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The viewer's layer, on the path as Lambda puts it there."""
    package = tmp_path / "api_viewer"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "page.html.gz").write_bytes(gzip.compress(PAGE.encode()))
    (package / "policy.txt").write_text(POLICY)
    monkeypatch.syspath_prepend(tmp_path)
    get_docs._viewer.cache_clear()
    yield
    get_docs._viewer.cache_clear()


def get(handler: str, path: str) -> dict[str, Any]:
    answer: dict[str, Any] = invoke(f"api.{handler}", http_event(f"GET {path}"))
    return answer


def test_the_description_is_served_as_it_is_committed(description: Json) -> None:
    answer = get("get_openapi", "/openapi.json")
    assert (answer["statusCode"], answer["headers"]["content-type"]) == (200, "application/json")
    assert json.loads(answer["body"]) == description


@pytest.mark.usefixtures("_viewer")
def test_the_page_is_served_compressed() -> None:
    answer = get("get_docs", "/docs")
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "text/html; charset=utf-8"
    assert answer["headers"]["content-encoding"] == "gzip"
    assert answer["isBase64Encoded"]
    assert gzip.decompress(base64.b64decode(answer["body"])).decode() == PAGE


@pytest.mark.usefixtures("_viewer")
def test_the_page_has_its_own_policy_and_the_security_headers_of_every_answer() -> None:
    headers = get("get_docs", "/docs")["headers"]
    assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS | {
        "content-security-policy": POLICY
    }
