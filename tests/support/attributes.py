"""Hypothesis strategies for attributes of every DynamoDB type, as later releases or other tools may write."""

from typing import Any

from hypothesis import strategies as st

Attribute = dict[str, Any]

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
# As DynamoDB writes numbers: 38 digits, up to 9.99E+125.
_numbers = st.one_of(
    st.integers(-(10**38) + 1, 10**38 - 1).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4).map(
        str
    ),
    st.sampled_from(["0.35", "9.9999999999999999999999999999999999999E+125", "1E-130", "-0"]),
)
_bytes = st.binary(max_size=5)


def _sets(kind: str, members: st.SearchStrategy[Any]) -> st.SearchStrategy[Attribute]:
    return st.lists(members, min_size=1, max_size=3, unique=True).map(lambda found: {kind: found})


_scalars: st.SearchStrategy[Attribute] = st.one_of(
    _texts.map(lambda text: {"S": text}),
    _numbers.map(lambda number: {"N": number}),
    _bytes.map(lambda octets: {"B": octets}),
    _sets("SS", _texts),
    _sets("NS", _numbers),
    _sets("BS", _bytes),
    st.just({"NULL": True}),
    st.booleans().map(lambda value: {"BOOL": value}),
)

attributes: st.SearchStrategy[Attribute] = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda entries: {"L": entries})
        | st.dictionaries(_texts, inner, max_size=3).map(lambda members: {"M": members})
    ),
    max_leaves=6,
)

ONE_OF_EACH: Attribute = {
    "L": [
        {"S": "text"},
        {"N": "0.35"},
        {"N": "7"},
        {"B": b"\xff\xfe"},
        {"SS": ["a", "b"]},
        {"NS": ["1", "2.5"]},
        {"BS": [b"\x00"]},
        {"NULL": True},
        {"BOOL": True},
        {"M": {"deeper": {"L": [{"M": {"still": {"SS": ["x"]}}}]}}},
    ]
}
"""Every type at once, in one attribute."""

STRANGERS: dict[str, Attribute] = {
    **{f"unknown{number}": each for number, each in enumerate(ONE_OF_EACH["L"])},
    "unknownList": ONE_OF_EACH,
}
"""Attributes of every type, under names that no item of the app has."""


def sprinkled(item: dict[str, Any], unknown: Attribute) -> dict[str, Any]:
    """Returns the item with an unknown attribute added, to the item and to each map in it."""
    return {name: _with_unknown(each, unknown) for name, each in item.items()} | {"unknown": unknown}


def _with_unknown(attribute: Attribute, unknown: Attribute) -> Attribute:
    ((kind, value),) = attribute.items()
    if kind == "M":
        return {"M": sprinkled(value, unknown)}
    if kind == "L":
        return {"L": [_with_unknown(entry, unknown) for entry in value]}
    return attribute
