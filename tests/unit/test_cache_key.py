"""The CloudFront function that makes the cache key: run by Node.js, as CloudFront runs it."""

from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ordering.http.routes import GET_IMAGE, GET_PRODUCT, LIST_PRODUCTS, ROUTES
from stacks.edge import viewer_request
from stacks.edge.behaviours import is_cached
from stacks.edge.function_code import MAX_BYTES
from tests.support.cloudfront_function import Event, FunctionProcess, features_unknown_to_the_runtime, running

ALLOWED = "https://shop.example"
CODE = viewer_request.code(filter(is_cached, ROUTES), [ALLOWED])


@pytest.fixture(scope="module")
def node() -> Iterator[FunctionProcess]:
    with running(CODE) as node:
        yield node


Query = list[tuple[str, str]]
"""Names and values, as they are encoded in a query string, in its order."""


def _request(
    path: str = LIST_PRODUCTS.path,
    query: Query | None = None,
    method: str = "GET",
    headers: dict[str, str] | None = None,
) -> Event:
    """A request as the function gets it ("CloudFront Functions event structure")."""
    parameters: Event = {}
    for name, value in query or []:
        if name not in parameters:
            parameters[name] = {"value": value}
        else:
            several = parameters[name].setdefault("multiValue", [{"value": parameters[name]["value"]}])
            several.append({"value": value})
            parameters[name]["value"] = value
    return {
        "method": method,
        "uri": path,
        "querystring": parameters,
        "headers": {name: {"value": value} for name, value in (headers or {}).items()},
        "cookies": {},
    }


def _as_api_reads(query: str) -> dict[str, list[str]]:
    """Each parameter with its values, in order: the gateway joins them (payload format 2.0)."""
    return parse_qs(query, keep_blank_values=True)


def _meaning(query: str, path: str) -> dict[str, list[str]]:
    """What the handler understands: an absent parameter has its default."""
    defaults = viewer_request.defaults(filter(is_cached, ROUTES)).get(path, {})
    return {name: [value] for name, value in defaults.items()} | _as_api_reads(query)


def test_order_of_parameters_does_not_matter(node: FunctionProcess) -> None:
    one = node.run(_request(query=[("limit", "10"), ("category", "mugs")]))
    other = node.run(_request(query=[("category", "mugs"), ("limit", "10")]))
    assert one["querystring"] == other["querystring"] == "category=mugs&limit=10"


def test_default_of_a_parameter_is_the_same_as_none(node: FunctionProcess) -> None:
    assert node.run(_request(query=[("active", "true"), ("limit", "50")]))["querystring"] == ""
    assert (
        node.run(_request(query=[("active", "false"), ("limit", "5")]))["querystring"]
        == "active=false&limit=5"
    )


def test_unknown_parameter_reaches_the_api_which_refuses_it(node: FunctionProcess) -> None:
    """Dropping it would show all products to a client that has misspelt a filter."""
    assert node.run(_request(query=[("kategorie", "mugs")]))["querystring"] == "kategorie=mugs"


def test_repeated_parameter_stays_repeated_in_its_order(node: FunctionProcess) -> None:
    """`limit=50,50` is not a number: the default is not recognised in it."""
    sent = node.run(_request(query=[("limit", "50"), ("limit", "50"), ("limit", "1")]))
    assert sent["querystring"] == "limit=50&limit=50&limit=1"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_token_of_a_read_is_removed(node: FunctionProcess, method: str) -> None:
    sent = node.run(_request(GET_PRODUCT.path, method=method, headers={"authorization": "Bearer x"}))
    assert "authorization" not in sent["headers"]


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "OPTIONS"])
def test_request_that_is_not_a_read_is_not_touched(node: FunctionProcess, method: str) -> None:
    headers = {"authorization": "Bearer x", "origin": "https://evil.example", "if-match": '"5e0c"'}
    request = _request(query=[("limit", "50"), ("a", "b")], method=method, headers=headers)
    assert node.run(request) == request


def test_only_an_allowed_origin_is_part_of_the_key(node: FunctionProcess) -> None:
    assert node.run(_request(headers={"origin": ALLOWED}))["headers"] == {"origin": {"value": ALLOWED}}
    for other in ("https://evil.example", f"{ALLOWED}.evil.example", ALLOWED.upper(), "null", ""):
        assert node.run(_request(headers={"origin": other}))["headers"] == {}


def test_prefix_of_the_web_application_is_removed_from_every_request() -> None:
    """Also from a change, which is otherwise left as it is."""
    code = viewer_request.code(filter(is_cached, ROUTES), [ALLOWED], "/api")
    with running(code) as below_api:
        read = below_api.run(_request("/api/products", [("limit", "50"), ("category", "mugs")]))
        assert (read["uri"], read["querystring"]) == ("/products", "category=mugs")
        change = below_api.run(_request("/api/products/MUG", method="PUT", headers={"authorization": "x"}))
        assert (change["uri"], change["headers"]) == ("/products/MUG", {"authorization": {"value": "x"}})
        for sent in ("//api/products", "/x/../api/products", "/%61pi/products"):
            assert below_api.run(_request(sent))["uri"] == sent


def test_headers_that_the_api_reads_are_kept(node: FunctionProcess) -> None:
    headers = {"if-none-match": '"5e0c"', "accept-encoding": "gzip", "traceparent": "00-1-2-01"}
    assert node.run(_request(headers=headers))["headers"] == {n: {"value": v} for n, v in headers.items()}


_NAMES = st.one_of(
    st.sampled_from(["limit", "cursor", "category", "active", "__proto__", "constructor", "hasOwnProperty"]),
    st.text("abcDEF0123456789._~-%25", min_size=1, max_size=8).filter(lambda name: "%" not in name),
)
_VALUES = st.one_of(
    st.sampled_from(
        ["", "50", "true", "false", "1", "mugs", "%6Dugs", "050", "+50", "50 ".replace(" ", "%20")]
    ),
    st.text("abc123._~-", max_size=12),
)
_PATHS = st.sampled_from(
    [LIST_PRODUCTS.path, "/products/MUG-RED", "/images/MUG-RED/0a/small.webp", "/constructor"]
)
_COMMON = settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.slow
@_COMMON
@given(path=_PATHS, query=st.lists(st.tuples(_NAMES, _VALUES), max_size=6))
def test_handler_understands_the_same_after_normalising(
    node: FunctionProcess, path: str, query: Query
) -> None:
    sent = "&".join(f"{name}={value}" for name, value in query)
    returned = node.run(_request(path, query))
    assert returned["uri"] == path
    assert _meaning(returned["querystring"], path) == _meaning(sent, path)


@pytest.mark.slow
@_COMMON
@given(
    path=_PATHS,
    query=st.lists(st.tuples(_NAMES, _VALUES), max_size=6, unique_by=lambda each: each[0]),
    data=st.data(),
)
def test_key_is_the_same_in_whatever_order_and_normalising_twice_changes_nothing(
    node: FunctionProcess, path: str, query: Query, data: st.DataObject
) -> None:
    first = node.run(_request(path, query))["querystring"]
    assert node.run(_request(path, data.draw(st.permutations(query))))["querystring"] == first
    again = [tuple(part.split("=", 1)) for part in first.split("&") if part]
    assert node.run(_request(path, [(name, value) for name, value in again]))["querystring"] == first


def test_source_uses_no_feature_that_the_runtime_lacks() -> None:
    assert features_unknown_to_the_runtime(viewer_request.SOURCE) == []


def test_function_is_small_enough_for_cloudfront() -> None:
    assert len(CODE.encode()) < MAX_BYTES


def test_defaults_are_those_of_the_route_table() -> None:
    assert viewer_request.defaults([LIST_PRODUCTS, GET_PRODUCT, GET_IMAGE]) == {
        "/products": {"limit": "50", "active": "true"}
    }
