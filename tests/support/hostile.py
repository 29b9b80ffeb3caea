"""Hypothesis strategies for invalid and unusual texts, times, numbers, attributes and bodies."""

from typing import Any

from hypothesis import strategies as st

# Characters that XML lacks, so that SQS refuses them; noncharacters; control characters of terminals; those
# that change the direction of a line, or end it; and those that have a meaning in JSON or in a path.
ODD = (
    "\x00\x07\x08\x1b\x7f\x85\x9b\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069"
    "\ufeff\ufffd\ufffe\uffff\U0001f600\U0010ffff\"'\\/#{}[]\r\n\t"
)

texts = st.text(st.one_of(st.sampled_from(ODD), st.characters(codec="utf-8")), max_size=30)
long_texts = st.one_of(
    texts, st.builds(lambda text, times: text * times, texts, st.sampled_from([1, 100, 4000]))
)
"""Up to 120,000 characters."""

times = st.one_of(
    texts,
    st.sampled_from(
        [
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59.999999Z",
            "9999-12-31T23:59:59-14:00",
            "2024-11-22T18:00:11",
            "2016-12-31T23:59:60Z",
            "1969-12-31T23:59:59Z",
        ]
    ),
)

numbers = st.one_of(
    st.integers().map(str),
    st.sampled_from(["1.5", "1E400", "9" * 38, "-0", "NaN", "", "9" * 5000, "0x1"]),
)

attributes: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.one_of(
        st.builds(lambda text: {"S": text}, st.one_of(long_texts, times)),
        st.builds(lambda number: {"N": number}, numbers),
        st.sampled_from([{"NULL": True}, {"BOOL": False}, {"B": "AA=="}, {"SS": ["a"]}, {"X": "?"}, {}]),
        st.builds(lambda text: {"S": text}, st.just("\ud800")),
    ),
    lambda inner: st.one_of(
        st.builds(lambda values: {"L": values}, st.lists(inner, max_size=3)),
        st.builds(lambda values: {"M": values}, st.dictionaries(texts, inner, max_size=3)),
    ),
    max_leaves=5,
)
"""A typed DynamoDB attribute, or an invalid one."""


def nested(depth: int) -> dict[str, Any]:
    """Returns maps nested to this depth."""
    value: dict[str, Any] = {"S": "inside"}
    for _ in range(depth):
        value = {"M": {"in": value}}
    return value


bodies = st.one_of(
    long_texts,
    st.sampled_from(
        [
            "[" * 2000,
            '{"a":' * 2000 + "1" + "}" * 2000,
            '{"orderId": "' + "x" * 4000 + '"}',
            '{"orderId": "\\ud800"}',
            '{"orderId": "\\u001b[2J\\u202e"}',
            '{"orderId": ""}',
            '{"orderId": 1e400}',
            '{"detail": ' + "[" * 2000,
            '{"cause": "x", "record": {}}',
            '{"cause": "x", "record": {"dynamodb": {"NewImage": 5}}}',
            '{"cause": 5}',
            '{"payload": "["}',
            '{"payload": "5"}',
            '{"payload": {"Records": 5}}',
            '{"payload": {"Records": [5, null, {"dynamodb": 7}]}}',
            '{"payload": "' + "[" * 2000 + '"}',
            '{"requestContext": {}, "timestamp": 5}',
            "NaN",
            "\ufeff{}",
        ]
    ),
)
"""Message bodies that no release of the app sends."""
