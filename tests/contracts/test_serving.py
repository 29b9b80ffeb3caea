"""The descriptions of the API and of the events, and their pages."""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ordering.http.pages import SIGN_IN_PAGE
from ordering.http.response import SECURITY_HEADERS
from tests.contracts.conftest import Json
from tests.support.docs_page import PAGE, POLICY, docs_page, on_import_path
from tests.support.recorded import http_event
from tests.support.world import invoke
from tools.asyncapi import changes as event_changes


@pytest.fixture
def _viewer(tmp_path: Path) -> Iterator[None]:
    with docs_page(tmp_path):
        yield


def get(handler: str, path: str, accepted: str | None = None) -> dict[str, Any]:
    headers = {} if accepted is None else {"Accept-Encoding": accepted}
    answer: dict[str, Any] = invoke(f"api.{handler}", http_event(f"GET {path}", headers=headers))
    return answer


def test_the_served_description_is_the_committed_one(description: Json) -> None:
    answer = get("get_openapi", "/openapi.json")
    assert (answer["statusCode"], answer["headers"]["content-type"]) == (200, "application/json")
    assert json.loads(answer["body"]) == description


def test_the_served_description_of_the_events_is_the_committed_one() -> None:
    answer = get("get_asyncapi", "/asyncapi.json")
    assert (answer["statusCode"], answer["headers"]["content-type"]) == (200, "application/json")
    assert json.loads(answer["body"]) == json.loads(event_changes.EVENTS.copy.read_text())


def test_the_page_of_the_events_is_the_committed_one_and_may_load_nothing() -> None:
    answer = get("get_event_docs", "/docs/events")
    served = base64.b64decode(answer["body"]).decode()
    assert (answer["statusCode"], answer["headers"]["content-type"]) == (200, "text/html; charset=utf-8")
    (page,) = event_changes.EVENTS.pages
    assert served == page.read_text()
    style = served.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = answer["headers"]["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:;")
    assert not re.search(r"<script|https?://|@import|url\(|<form|<iframe", served)


@pytest.mark.usefixtures("_viewer")
@pytest.mark.parametrize("accepted", ["gzip", "gzip, deflate, br", "*", "identity;q=0, *;q=0.1", "x-gzip"])
def test_the_page_is_compressed_if_gzip_is_accepted(accepted: str) -> None:
    answer = get("get_docs", "/docs", accepted)
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "text/html; charset=utf-8"
    assert answer["headers"]["content-encoding"] == "gzip"
    assert answer["headers"]["vary"] == "accept-encoding"
    assert answer["isBase64Encoded"]
    assert gzip.decompress(base64.b64decode(answer["body"])).decode() == PAGE


@pytest.mark.usefixtures("_viewer")
def test_the_page_has_its_own_policy_and_the_security_headers_of_every_answer() -> None:
    headers = get("get_docs", "/docs")["headers"]
    assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS | {
        "content-security-policy": POLICY
    }


@pytest.mark.usefixtures("_viewer")
@pytest.mark.parametrize(
    "accepted", [None, "", "identity", "br", "gzip;q=0", "gzip;q=0, *", "*;q=0, identity"]
)
def test_the_page_is_not_compressed_unless_gzip_is_accepted(accepted: str | None) -> None:
    answer = get("get_docs", "/docs", accepted)
    assert base64.b64decode(answer["body"]).decode() == PAGE
    assert "content-encoding" not in answer["headers"]
    assert answer["headers"]["vary"] == "accept-encoding"


@pytest.mark.usefixtures("_viewer")
@pytest.mark.parametrize("accepted", ["identity;q=0", "*;q=0", "gzip;q=0, identity;q=0", "br, identity;q=0"])
def test_excluding_every_coding_gets_406(accepted: str) -> None:
    answer = get("get_docs", "/docs", accepted)
    assert answer["statusCode"] == 406
    assert json.loads(answer["body"])["errors"][0]["field"] == "Accept-Encoding"
    assert answer["headers"]["vary"] == "accept-encoding"


@pytest.mark.parametrize(
    ("name", "status", "heading"),
    [
        ("invalid-body", 200, "The body does not match the schema"),
        ("urn:problem-type:invalid-body", 200, "The body does not match the schema"),
        ("index", 200, "Problems"),
        ("no-such-problem", 404, "Problems"),
        ("../page", 404, "Problems"),
    ],
)
def test_problem_page_is_served_by_its_type_or_name(
    tmp_path: Path, name: str, status: int, heading: str
) -> None:
    problems = tmp_path / "api_viewer" / "problems"
    problems.mkdir(parents=True)
    (tmp_path / "api_viewer" / "__init__.py").touch()
    for page, title in (("invalid-body", "The body does not match the schema"), ("index", "Problems")):
        (problems / f"{page}.html").write_text(f"<h1>{title}</h1>")
        (problems / f"{page}.policy").write_text("default-src 'none'")
    with on_import_path(tmp_path):
        answer = invoke("api.get_docs", http_event("GET /problems/{type}", path={"type": name}))
    assert answer["statusCode"] == status
    assert base64.b64decode(answer["body"]).decode() == f"<h1>{heading}</h1>"
    assert answer["headers"]["content-security-policy"] == "default-src 'none'"


def test_page_of_the_sign_in_takes_the_parameters_that_an_issuer_sends(tmp_path: Path) -> None:
    """ "The client MUST ignore unrecognized response parameters" (RFC 6749, section 4.1.2)."""
    (tmp_path / "api_viewer").mkdir()
    (tmp_path / "api_viewer" / "__init__.py").touch()
    (tmp_path / "api_viewer" / "sign-in.html").write_text("<h1>Sign in</h1>")
    (tmp_path / "api_viewer" / "sign-in.policy").write_text("default-src 'none'")
    query = {"code": "a", "state": "b", "iss": "https://login.example.com", "session_state": "c"}
    with on_import_path(tmp_path):
        answer = invoke("api.get_docs", http_event(f"GET {SIGN_IN_PAGE}", query=query))
    assert answer["statusCode"] == 200
    assert base64.b64decode(answer["body"]).decode() == "<h1>Sign in</h1>"
