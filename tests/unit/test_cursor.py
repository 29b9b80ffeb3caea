"""Cursors of the catalogue: opaque, and refused unless the API issued them."""

import base64
import contextlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ordering.domain.product import Sku
from ordering.http.paging import catalogue_cursor, catalogue_position
from ordering.http.problems import Problem, ProblemType
from ordering.repositories.catalogue import ProductFilter

ALL = ProductFilter()

skus = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True).map(Sku)
categories = st.none() | st.from_regex(r"[a-z0-9][a-z0-9-]{0,63}", fullmatch=True)
filters = st.builds(ProductFilter, categories, st.booleans())


def encoded(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


@given(skus, filters)
def test_cursor_is_decoded_to_its_sku(sku: Sku, wanted: ProductFilter) -> None:
    assert catalogue_position(catalogue_cursor(sku, wanted), wanted) == sku


@given(skus, filters, filters)
def test_cursor_of_another_filter_is_refused(sku: Sku, wanted: ProductFilter, other: ProductFilter) -> None:
    assume(wanted != other)
    with pytest.raises(Problem):
        catalogue_position(catalogue_cursor(sku, wanted), other)


@pytest.mark.slow
@given(skus)
def test_cursor_of_all_active_products_is_that_of_earlier_releases(sku: Sku) -> None:
    assert catalogue_cursor(sku, ALL) == encoded(sku.encode())


@given(skus, filters)
def test_a_cursor_needs_no_escape_in_a_query(sku: Sku, wanted: ProductFilter) -> None:
    assert catalogue_cursor(sku, wanted).replace("-", "").replace("_", "").isalnum()


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
        encoded(b"MUG-RED/"),
        encoded(b"MUG-RED/mugs/"),
    ],
    ids=ascii,
)
def test_cursor_that_the_api_did_not_issue_is_refused(cursor: str) -> None:
    with pytest.raises(Problem) as raised:
        catalogue_position(cursor, ALL)
    assert raised.value.kind is ProblemType.INVALID_PARAMETER


def test_refusal_of_a_cursor_names_the_parameter_and_the_fix() -> None:
    with pytest.raises(Problem) as raised:
        catalogue_position("!", ALL)
    assert raised.value.detail == (
        "cursor: must be the `next` of the previous page, unchanged, and keep the other parameters"
    )


@given(st.text(max_size=30))
def test_arbitrary_cursor_is_a_sku_or_a_problem(cursor: str) -> None:
    with contextlib.suppress(Problem):
        assert catalogue_cursor(catalogue_position(cursor, ALL), ALL) == cursor
