"""Cursors of the catalogue: opaque, and refused unless the API issued them."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.domain.product import Sku
from ordering.http.paging import catalogue_cursor, catalogue_position
from ordering.http.problems import Problem, ProblemType

skus = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True).map(Sku)


def encoded(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


@given(skus)
def test_cursor_is_decoded_to_its_sku(sku: Sku) -> None:
    assert catalogue_position(catalogue_cursor(sku)) == sku


@given(skus)
def test_a_cursor_needs_no_escape_in_a_query(sku: Sku) -> None:
    assert catalogue_cursor(sku).replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "cursor",
    [
        "=",
        "!",
        "é",
        "TVVHLVJFRA==",
        "TVVHLVJFRA=",
        " TVVHLVJFRA",
        "TVVH LVJFRA",
        "TVVHLVJFR",
        "TVVHLVJFRB",
        encoded(b"MUG RED"),
        encoded(b"MUG-RED\n"),
        encoded(b"\xff\xfe"),
        encoded(b"-MUG"),
        encoded(b"M" * 65),
        encoded(b""),
    ],
    ids=ascii,
)
def test_cursor_that_the_api_did_not_issue_is_refused(cursor: str) -> None:
    with pytest.raises(Problem) as raised:
        catalogue_position(cursor)
    assert raised.value.kind is ProblemType.INVALID_PARAMETER


def test_refusal_of_a_cursor_names_the_parameter_and_the_fix() -> None:
    with pytest.raises(Problem) as raised:
        catalogue_position("!")
    assert raised.value.detail == "cursor: must be the `next` of the previous page, unchanged"


@given(st.text(max_size=30))
def test_arbitrary_cursor_is_a_sku_or_a_problem(cursor: str) -> None:
    with contextlib.suppress(Problem):
        assert catalogue_cursor(catalogue_position(cursor)) == cursor
