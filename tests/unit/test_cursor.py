"""Cursors of the catalogue: opaque, and refused unless they are what the API gave."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.domain.product import Sku
from ordering.http.cursor import cursor_after, sku_of
from ordering.http.problems import Problem, ProblemType

skus = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True).map(Sku)


def encoded(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


@given(skus)
def test_a_cursor_leads_back_to_the_product_it_stands_behind(sku: Sku) -> None:
    assert sku_of(cursor_after(sku)) == sku


@given(skus)
def test_a_cursor_needs_no_escape_in_a_query(sku: Sku) -> None:
    assert cursor_after(sku).replace("-", "").replace("_", "").isalnum()


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
def test_a_cursor_that_the_api_did_not_give_is_refused(cursor: str) -> None:
    with pytest.raises(Problem) as raised:
        sku_of(cursor)
    assert raised.value.kind is ProblemType.INVALID_PARAMETER


def test_a_refused_cursor_is_named_and_told_how_to_mend() -> None:
    with pytest.raises(Problem) as raised:
        sku_of("!")
    assert raised.value.detail == "cursor: take it from `next` of the page before, unchanged"


@given(st.text(max_size=30))
def test_whatever_is_sent_as_a_cursor_is_a_sku_or_a_problem(cursor: str) -> None:
    with contextlib.suppress(Problem):
        assert cursor_after(sku_of(cursor)) == cursor
