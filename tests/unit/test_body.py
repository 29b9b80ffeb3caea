"""A request body that is not JSON, too large or empty is refused with a problem that names the cause."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.http.problems import ProblemType
from ordering.http.request import MAX_BODY_BYTES
from ordering.http.shapes.placing import PlaceOrder
from ordering.http.shapes.products import PutProduct
from ordering.http.shapes.stock import ReceiveStock
from tests.support.bodies import (
    order_to,
    order_with,
    problem_of,
    refused,
    request,
    sent,
)
from tests.support.refusals import field_of
from tests.support.world import order_body


def test_body_is_decoded_into_its_schema() -> None:
    assert request({"received": 5}).body(ReceiveStock) == ReceiveStock(received=5)


def test_base64_body_of_the_gateway_is_decoded() -> None:
    encoded = base64.b64encode(b'{"received":5}').decode()
    assert sent(encoded, encoded=True).body(ReceiveStock).received == 5


def test_body_of_the_largest_size_is_accepted() -> None:
    assert sent('{"received":5}'.ljust(MAX_BODY_BYTES)).body(ReceiveStock).received == 5


NOT_JSON = {
    "cut off": '{"received":',
    "a comma too many": '{"received":5,}',
    "two values": '{"received":5}{}',
    "a comment": '{"received":5}//',
    "single quotes": "{'received':5}",
    "NaN": '{"received":NaN}',
    "infinity": '{"received":Infinity}',
    "a leading zero": '{"received":05}',
    "a control character": '{"received\x01":5}',
    "a lone surrogate": '{"received\ud800":5}',
    "a lone surrogate, escaped": '{"received\\ud800":5}',
    "a byte order mark": '\ufeff{"received":5}',
    "a form": "received=5",
}


@pytest.mark.parametrize("text", NOT_JSON.values(), ids=NOT_JSON)
def test_body_that_is_not_json_is_refused(text: str) -> None:
    assert refused(sent(text), ReceiveStock).kind is ProblemType.MALFORMED_BODY


SURROGATES = {
    "alone": r"\ud800",
    "behind a text": r"Ada \udbff",
    "before a text": r"\ud83d Lovelace",
    "the low one": r"\uDC00",
    "the low one first": r"\udc00\ud800",
    "two high ones": r"\ud800\uD800",
    "before an escape": r"\ud800\u0041",
    "behind a whole pair": r"\ud83d\ude00\ude00",
    "behind an escaped backslash": r"\\\ud800",
}


@pytest.mark.parametrize("half", SURROGATES.values(), ids=SURROGATES)
@pytest.mark.parametrize("follows", ["", " and much more text"], ids=["at the end", "in between"])
def test_lone_surrogate_in_a_body_is_named_in_the_refusal(half: str, follows: str) -> None:
    """msgspec would report truncated JSON for a surrogate at the end of a text."""
    problem = refused(sent(json.dumps(order_to(city="@")).replace("@", half + follows)))
    assert problem.kind is ProblemType.MALFORMED_BODY
    assert "is half of a surrogate pair" in problem.detail
    assert "truncated" not in problem.detail


@pytest.mark.parametrize("whole", [r"\ud83d\ude00", r"\\ud800 and \n", "😀", r"\uD83D\uDE00"])
def test_complete_surrogate_pair_is_not_reported_as_a_lone_surrogate(whole: str) -> None:
    asked = sent(json.dumps(order_to(line1="@")).replace("@", whole))
    assert problem_of(asked, PlaceOrder) is None or "surrogate" not in refused(asked).detail


CAUSES = {
    "breaks off": (b'{"name":', "The JSON ends too early."),
    "a byte order mark": (b'\xef\xbb\xbf{"received":5}', "a byte order mark; send UTF-8 without one"),
    "Latin-1": ('{"name":"Müll"}'.encode("latin-1"), "The body is not UTF-8 (byte 10)."),
    "UTF-16": ('{"received":5}'.encode("utf-16"), "The body is not UTF-8 (byte 0)."),
    "half a character in UTF-8": (b'{"name":"\xed\xa0\x80"}', "The body is not UTF-8 (byte 9)."),
    "a comma too many": (b'{"name":"Mug",}', "(byte 14)"),
}


@pytest.mark.parametrize(("raw", "part_of_detail"), CAUSES.values(), ids=CAUSES)
def test_refusal_of_a_body_that_is_not_json_gives_the_cause(raw: bytes, part_of_detail: str) -> None:
    problem = refused(sent(base64.b64encode(raw).decode(), encoded=True), PutProduct)
    assert (problem.kind, part_of_detail in problem.detail) == (ProblemType.MALFORMED_BODY, True), (
        problem.detail
    )


@pytest.mark.parametrize("body", [None, "", "  \n"], ids=["absent", "empty", "blank"])
def test_empty_body_is_refused(body: str | None) -> None:
    assert refused(sent(body)).kind is ProblemType.MALFORMED_BODY


def test_absent_body_is_reported_as_empty() -> None:
    assert refused(sent(None)).detail == "The body is empty; send a JSON object."


NOT_BASE64 = {
    "padded wrongly": "abc",
    "not of its alphabet": "é",
    "not text at all": base64.b64encode(b"\xff\xfe").decode(),
    "text that is not UTF-8": base64.b64encode(b'{"name":"\xff"}').decode(),
    "a name that is not UTF-8": base64.b64encode(b'{"\xff":1}').decode(),
    "nothing": "",
    "blank": base64.b64encode(b"  ").decode(),
}


@pytest.mark.parametrize("text", NOT_BASE64.values(), ids=NOT_BASE64)
def test_base64_body_that_is_not_json_is_refused(text: str) -> None:
    assert refused(sent(text, encoded=True), PutProduct).kind is ProblemType.MALFORMED_BODY


def test_body_above_the_size_limit_is_refused() -> None:
    body = '{"received":5}'.ljust(MAX_BODY_BYTES + 1)
    assert refused(sent(body)).kind is ProblemType.BODY_TOO_LARGE


def test_body_size_is_measured_in_bytes() -> None:
    body = json.dumps({"name": "é" * (MAX_BODY_BYTES // 2)}, ensure_ascii=False)
    assert refused(sent(body)).kind is ProblemType.BODY_TOO_LARGE


def test_body_size_is_measured_after_decoding() -> None:
    encoded = base64.b64encode(b" " * (MAX_BODY_BYTES + 1)).decode()
    assert refused(sent(encoded, encoded=True)).kind is ProblemType.BODY_TOO_LARGE


@pytest.mark.parametrize("depth", [60_000])
@pytest.mark.parametrize("start", ["", '{"received":', '{"received":1,"x":', '{"lines":'])
def test_deeply_nested_body_is_refused(start: str, depth: int) -> None:
    assert refused(sent(start + "[" * depth)).kind in (ProblemType.INVALID_BODY, ProblemType.MALFORMED_BODY)


@pytest.mark.parametrize("body", ["[]", '"text"', "5", "true", "null"])
def test_body_that_is_not_an_object_is_refused_as_a_whole(body: str) -> None:
    problem = refused(sent(body))
    assert (problem.kind, field_of(problem)) == (ProblemType.INVALID_BODY, "$")


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)

shapes = st.sampled_from([PlaceOrder, PutProduct])


@pytest.mark.slow
@given(st.one_of(st.text(max_size=60), json_values.map(json.dumps)), shapes)
def test_arbitrary_json_body_is_decoded_or_a_problem(body: str, shape: type[Any]) -> None:
    problem = problem_of(sent(body), shape)
    assert problem is None or problem.kind.status in (400, 422)


@given(st.binary(max_size=60), shapes)
def test_arbitrary_bytes_are_decoded_or_a_problem(body: bytes, shape: type[Any]) -> None:
    problem = problem_of(sent(base64.b64encode(body).decode(), encoded=True), shape)
    assert problem is None or problem.kind.status in (400, 422)


@given(st.sampled_from(sorted(order_body())), json_values)
def test_order_with_an_arbitrary_field_value_is_decoded_or_a_problem(field: str, value: Any) -> None:
    problem = problem_of(request(order_with(**{field: value})), PlaceOrder)
    assert problem is None or problem.kind.status in (400, 422)
