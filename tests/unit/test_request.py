"""Parsing of the parts of a request other than the body: idempotency key, path, query and caller."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ordering.domain.identity import customer_id
from ordering.http.parameters import IDEMPOTENCY_KEY
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from tests.support.recorded import ISSUER, http_event
from tests.support.refusals import field_of, message_of


def request(**event: Any) -> Request:
    return Request(http_event("POST /orders", **event))


# -- the idempotency key -------------------------------------------------------------------------------


def keyed(key: str) -> Request:
    return request(headers={"Idempotency-Key": key})


@pytest.mark.parametrize("key", ["1", "order-1", "!" * 255, "~", "5f7c1c2e-8a0b-4a39-9a63-0d6c2f1f7b11"])
def test_idempotency_key_of_visible_ascii_is_accepted(key: str) -> None:
    assert keyed(key).idempotency_key() == key


INVALID_KEYS = ["", " ", "a b", "a\n", "é", "\u0663", "a" * 256, "\x7f"]
INVALID_QUOTED_KEYS = [*(f'"{key}"' for key in INVALID_KEYS), '""\n', '" a"', 'a,"b c"']


@pytest.mark.parametrize("key", [*INVALID_KEYS, *INVALID_QUOTED_KEYS], ids=lambda key: ascii(key[:9]))
def test_idempotency_key_must_be_visible_ascii(key: str) -> None:
    """The same rule applies with and without quotes."""
    with pytest.raises(Problem) as raised:
        keyed(key).idempotency_key()
    assert raised.value.kind is ProblemType.INVALID_IDEMPOTENCY_KEY


@pytest.mark.parametrize(
    "text", ["K,K", "K, K", "K,", ",K", ",", '"K","K"', '"K", "K"', 'K,"K"', '"K",', "a,b", '"a,b']
)
def test_list_of_idempotency_keys_is_refused(text: str) -> None:
    """Guarantee 1: a gateway joins a repeated header into a list, which must not become another key."""
    with pytest.raises(Problem) as raised:
        keyed(text).idempotency_key()
    assert raised.value.kind is ProblemType.INVALID_IDEMPOTENCY_KEY
    assert "this is a list, or the header was sent twice" in message_of(raised.value)


@pytest.mark.parametrize("key", ["a,b", ",", "2026,11"])
def test_quoted_idempotency_key_may_contain_a_comma(key: str) -> None:
    assert keyed(f'"{key}"').idempotency_key() == key


@given(st.text(st.characters(codec="ascii"), max_size=260) | st.text(max_size=5))
def test_described_pattern_of_the_idempotency_key_is_the_rule(text: str) -> None:
    """The published JSON Schema and the code accept the same keys."""
    try:
        keyed(text).idempotency_key()
        accepted = True
    except Problem:
        accepted = False
    assert Draft202012Validator(IDEMPOTENCY_KEY.schema).is_valid(text) == accepted


def test_problem_of_a_refused_idempotency_key_names_the_header() -> None:
    with pytest.raises(Problem) as raised:
        keyed("a b").idempotency_key()
    assert field_of(raised.value) == "Idempotency-Key"


@pytest.mark.parametrize("key", ["1", "order-1", "5f7c1c2e-8a0b-4a39-9a63-0d6c2f1f7b11", "!" * 255])
def test_quotes_around_an_idempotency_key_are_ignored(key: str) -> None:
    """The IETF's draft requires quotes, but many clients send none."""
    assert keyed(f'"{key}"').idempotency_key() == key


@pytest.mark.parametrize("key", ['"', '"""', '"a', 'a"', 'a"b', '"a"b"', r'"a\"b"', '"a\\\\b"'])
def test_unpaired_quotes_are_part_of_an_idempotency_key(key: str) -> None:
    assert keyed(key).idempotency_key() == key


def test_quoted_idempotency_key_must_not_contain_spaces() -> None:
    with pytest.raises(Problem) as raised:
        keyed('"a b"').idempotency_key()
    assert raised.value.kind is ProblemType.INVALID_IDEMPOTENCY_KEY


def test_request_without_the_header_has_no_idempotency_key() -> None:
    assert request().idempotency_key() is None


def test_missing_required_idempotency_key_is_a_problem() -> None:
    with pytest.raises(Problem) as raised:
        request().required_idempotency_key()
    assert raised.value.kind is ProblemType.MISSING_IDEMPOTENCY_KEY


# -- the path and the query ----------------------------------------------------------------------------


@pytest.mark.parametrize("sku", ["MUG-RED", "a", "9.x_-"])
def test_valid_sku_in_the_path_is_accepted(sku: str) -> None:
    assert request(path={"sku": sku}).sku() == sku


@pytest.mark.parametrize("sku", ["", "-MUG", "MUG RED", "MUG\n", "MUG#RED", "é", "M" * 65, "../x"], ids=ascii)
def test_malformed_sku_in_the_path_is_refused(sku: str) -> None:
    with pytest.raises(Problem) as raised:
        request(path={"sku": sku}).sku()
    assert (raised.value.kind, field_of(raised.value)) == (ProblemType.INVALID_PARAMETER, "sku")


def limit(text: str | None) -> int:
    asked = request(query={"limit": text} if text is not None else None)
    return asked.int_parameter("limit", default=20, least=1, most=100)


NUMBERS = [(None, 20), ("1", 1), ("100", 100), ("007", 7), ("1.0", 1), ("1e1", 10), ("990E-1", 99)]


@pytest.mark.parametrize(("text", "number"), NUMBERS)
def test_integer_query_parameter_is_accepted(text: str | None, number: int) -> None:
    assert limit(text) == number


INVALID_LIMITS = [
    "",
    "0",
    "101",
    "-1",
    "+1",
    "1.5",
    "1.",
    ".5",
    "1e3",
    "1e-1",
    "1e",
    " 1",
    "1\n",
    "1,2",
    "ten",
]
INVALID_LIMITS += ["\u0663", "²", "9" * 5000, "1e9999999999999999999999", "NaN", "0x1"]


@pytest.mark.parametrize("text", INVALID_LIMITS, ids=lambda text: ascii(text[:9]))
def test_query_parameter_must_be_an_integer_within_its_limits(text: str) -> None:
    with pytest.raises(Problem) as raised:
        limit(text)
    assert raised.value.detail == "limit: must be an integer from 1 to 100"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (None, None),
        ("2026-11-21T12:00:00Z", "2026-11-21T12:00:00.000Z"),
        ("2026-11-21T14:00:00.1234567+02:00", "2026-11-21T12:00:00.123Z"),
        ("2026-11-21T12:00:00.9999999Z", "2026-11-21T12:00:00.999Z"),
        ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999Z"),
        (f"2026-11-21T12:00:00.1{'0' * 60}1-00:00", "2026-11-21T12:00:00.100Z"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999Z"),
        ("0000-02-29T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("2026-11-21t12:00:00z", "2026-11-21T12:00:00.000Z"),
        ("2026-11-21T12:00:00-00:00", "2026-11-21T12:00:00.000Z"),
    ],
)
def test_time_query_parameter_is_converted_to_utc(text: str | None, moment: str | None) -> None:
    """A time whose offset moves it beyond the years 1 to 9999 is clipped to them."""
    asked = request(query={"createdAfter": text} if text is not None else None)
    assert asked.time("createdAfter") == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21T12:00:00Z", "2026-11-21T12:00:00.000Z"),
        ("2026-11-21T12:00:00.001Z", "2026-11-21T12:00:00.001Z"),
        ("2026-11-21T12:00:00.000001Z", "2026-11-21T12:00:00.001Z"),
        ("2026-11-21T12:00:00.0000001Z", "2026-11-21T12:00:00.001Z"),
        ("2026-11-21T12:00:00.0010000000Z", "2026-11-21T12:00:00.001Z"),
        ("2026-11-21T12:00:00.0010000001Z", "2026-11-21T12:00:00.002Z"),
        ("2026-12-31T23:59:59.999999Z", "2027-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_time_finer_than_a_millisecond_can_be_rounded_up(text: str, moment: str) -> None:
    assert request(query={"createdBefore": text}).time("createdBefore", round_up=True) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        ("1998-12-31T15:59:60.123-08:00", "1999-01-01T00:00:00.123Z"),
        ("2017-01-01T05:29:60+05:30", "2017-01-01T00:00:00.000Z"),
        ("1990-12-31t23:59:60z", "1991-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:60Z", "9999-12-31T23:59:59.999Z"),
        ("2016-12-31T23:59:60.9999999Z", "2017-01-01T00:00:00.999Z"),
    ],
)
def test_leap_second_is_read_as_the_first_second_of_the_next_day(text: str, moment: str) -> None:
    """RFC 3339, section 5.7, allows leap seconds; Python's datetime does not."""
    assert request(query={"createdAfter": text}).time("createdAfter") == moment


def test_problem_of_an_unescaped_plus_explains_the_escape() -> None:
    """The gateway decodes an unescaped plus as a space."""
    with pytest.raises(Problem) as raised:
        request(query={"createdAfter": "2026-11-21T12:00:00 01:00"}).time("createdAfter")
    assert "%2B" in message_of(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "yesterday",
            "2026-11-21",
            "2026-11-21T12:00:00",
            "2026-13-01T00:00:00Z",
            "0000-13-01T00:00:00Z",
        ),
        *(
            "2026-11-21T12:00:60Z",
            "1998-12-31T23:58:60Z",
            "1998-12-31T22:59:60Z",
            "2016-12-31T23:59:60+01:00",
        ),
        *("2026-11-21T12:00:00.Z", "2026-11-21T12:00:00.1234567", "2026-11-21T12:00:00.1234567x"),
        *("2016-12-31T23:59:61Z", "2016-12-31T23:59:60", "2016-12-31 23:59:60", "é" * 30),
    ],
)
def test_malformed_time_query_parameter_is_refused(text: str) -> None:
    with pytest.raises(Problem) as raised:
        request(query={"createdAfter": text}).time("createdAfter")
    assert (raised.value.kind, field_of(raised.value)) == (ProblemType.INVALID_PARAMETER, "createdAfter")


def test_request_without_a_query_has_no_parameters() -> None:
    assert request().query("cursor") is None


# -- the caller ----------------------------------------------------------------------------------------


def test_caller_is_the_issuer_and_subject_of_the_token() -> None:
    caller = request(subject="alice").caller
    assert (caller.issuer, caller.subject) == (ISSUER, "alice")


def with_header(written: str) -> Request:
    """Returns a request whose `Authorization` header is this format, filled with a valid scheme and token."""
    event = http_event("POST /orders")
    scheme, token = event["headers"]["authorization"].split()
    event["headers"]["authorization"] = written.format(scheme=scheme, token=token)
    return Request(event)


@pytest.mark.parametrize("written", ["{scheme} {token}", "{scheme}  {token}", "bearer    {token}", "{token}"])
def test_token_may_follow_one_or_more_spaces(written: str) -> None:
    """RFC 9110, section 11.4. The gateway's own authoriser also accepts a token without a scheme."""
    with_header(written).check_token()


@pytest.mark.parametrize(
    "written",
    ["{scheme} {token},{scheme} {token}", "{scheme} {token}, {scheme} {token}", "{scheme}\t{token}"],
)
def test_token_that_was_sent_twice_is_refused(written: str) -> None:
    with pytest.raises(Problem) as raised:
        with_header(written).check_token()
    assert raised.value.kind is ProblemType.TOKEN_REFUSED


def test_customer_id_is_derived_from_issuer_and_subject() -> None:
    assert request(subject="alice").caller.customer_id == customer_id(ISSUER, "alice")


def test_same_subject_of_another_issuer_is_another_customer() -> None:
    other = request(subject="alice", issuer="https://other.example.com")
    assert other.caller.customer_id != request(subject="alice").caller.customer_id


def test_request_has_the_request_id_of_the_gateway() -> None:
    assert request().request_id == "BqPvXhQbjoEEMmA="


def test_request_has_its_route() -> None:
    assert request().route == "POST /orders"
