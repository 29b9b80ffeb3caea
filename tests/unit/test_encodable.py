"""The report of a pytest-xdist worker can be sent as UTF-8, whatever was logged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.encodable import encodable

_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def test_lone_surrogate_is_written_as_an_escape() -> None:
    report = {"sections": [("Captured log call", "said \ud800\U0001f511")], "duration": 0.5}
    assert encodable(report) == {
        "sections": [("Captured log call", "said \\ud800\U0001f511")],
        "duration": 0.5,
    }


@pytest.mark.slow
@given(_ANY)
def test_value_without_lone_surrogates_is_unchanged(value: object) -> None:
    sent = encodable(value)
    assert repr(sent).encode("utf-8")
    if "\\ud" not in repr(value):
        assert sent == value
