"""The CloudFront function of the web application's paths: run by Node.js, as CloudFront runs it."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.web_server import file_for
from stacks.edge.function_code import MAX_BYTES
from stacks.web import web_request
from stacks.web.web_request import API, SOURCE
from tests.support.cloudfront_function import FunctionProcess, features_unknown_to_the_runtime, running

CODE = web_request.code()
PAGE = "/index.html"


@pytest.fixture(scope="module")
def node() -> Iterator[FunctionProcess]:
    with running(CODE) as node:
        yield node


def _leads_to(node: FunctionProcess, path: str, method: str = "GET") -> str:
    request = {"method": method, "uri": path, "querystring": {}, "headers": {}, "cookies": {}}
    return str(node.run(request)["uri"])


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/basket", "/orders", "/orders/67ac7c2f", "/console/stock/MUG-RED", "/callback"),
        # A SKU may contain dots.
        *("/products/MUG-1.5L", "/console/stock/MUG.RED", "/apiary", "/api", "/products/50%25.off", "/%zz"),
    ],
)
def test_path_of_the_application_leads_to_its_page(node: FunctionProcess, path: str) -> None:
    assert _leads_to(node, path) == PAGE


@pytest.mark.parametrize(
    "path",
    [
        *("/index.html", "/config.json", "/favicon.svg", "/robots.txt"),
        *("/assets/index-0a1b2c3d.js", "/assets/of-an-earlier-release.js", "/assets/", "/assets%2Fx.js"),
    ],
)
def test_file_stays_a_file_so_that_one_that_is_not_there_is_404(node: FunctionProcess, path: str) -> None:
    assert _leads_to(node, path) == path


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_path_of_the_api_loses_its_prefix_and_nothing_else(node: FunctionProcess, method: str) -> None:
    for path in ("/orders", "/orders/67ac7c2f/cancel", "/products/MUG-1.5L/stock", "/docs", "/api/x", "/"):
        assert _leads_to(node, API + path, method) == path


def test_request_of_a_page_keeps_its_query_and_headers(node: FunctionProcess) -> None:
    request = {
        "method": "GET",
        "uri": "/callback",
        "querystring": {"code": {"value": "1"}},
        "headers": {"if-none-match": {"value": '"5e0c"'}},
        "cookies": {},
    }
    assert node.run(request) == request | {"uri": PAGE}


# Paths as browsers send them: without `..`, and with complete escapes.
_PARTS = st.text("aZ09-._~", min_size=1, max_size=6).filter(lambda part: part.strip("."))
_ESCAPED = st.sampled_from(["%2F", "%2E", "%20", "%C3%A4", "assets", "index.html", "a%2Fb.c"])
_PATHS = st.lists(st.one_of(_PARTS, _ESCAPED), max_size=4).map(lambda parts: "/" + "/".join(parts))


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=_PATHS.filter(lambda path: "/." not in unquote(path) and "./" not in unquote(path)))
def test_local_server_serves_the_same_page_or_file(
    node: FunctionProcess, tmp_path_factory: pytest.TempPathFactory, path: str
) -> None:
    folder = _application(tmp_path_factory)
    is_page = file_for(folder, path) == (folder / "index.html").resolve()
    assert (unquote(_leads_to(node, path)) == PAGE) == is_page


def _application(factory: pytest.TempPathFactory) -> Path:
    """A folder with the page alone."""
    folder = factory.getbasetemp() / "application"
    folder.mkdir(exist_ok=True)
    (folder / "index.html").write_text("page")
    return folder


def test_source_uses_no_feature_that_the_runtime_lacks() -> None:
    assert features_unknown_to_the_runtime(SOURCE) == []


def test_function_is_small_enough_for_cloudfront() -> None:
    assert len(CODE.encode()) < MAX_BYTES
