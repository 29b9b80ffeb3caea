"""The ids of an order: the grammar of `traceparent`, and X-Ray's header."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.aws import xray
from ordering.domain.trace import Span, begin_trace, log_keys, read_trace, trace_id_of

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT_ID = "00f067aa0ba902b7"
VALID = f"00-{TRACE_ID}-{PARENT_ID}-01"
SPAN = Span("6740aa1b2c1b2e0f5a1d4c3b7e8f9a0b", "5d3a1c8e2f4b6071", sampled=True)

hex_digits = st.sampled_from("0123456789abcdef")


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text(hex_digits, min_size=count, max_size=count)


def nonzero(count: int) -> st.SearchStrategy[str]:
    return digits(count).filter(lambda text: set(text) != {"0"})


# -- the client's header ----------------------------------------------------------------------------------


@pytest.mark.slow
@given(nonzero(32), nonzero(16), digits(2))
def test_every_valid_header_of_version_00_is_accepted(trace_id: str, parent_id: str, flags: str) -> None:
    assert trace_id_of(f"00-{trace_id}-{parent_id}-{flags}") == trace_id


@given(
    digits(2).filter(lambda version: version not in ("00", "ff")),
    nonzero(32),
    st.just("") | st.text(max_size=20).map(lambda text: f"-{text}"),
)
def test_header_of_a_higher_version_is_read_by_its_known_part(version: str, trace_id: str, more: str) -> None:
    """W3C Trace Context, Level 1, "Versioning of traceparent"."""
    assert trace_id_of(f"{version}-{trace_id}-{PARENT_ID}-01{more}") == trace_id


@given(st.text())
def test_any_text_is_parsed_without_an_error(text: str) -> None:
    found = trace_id_of(text)
    assert found is None or re.fullmatch("[0-9a-f]{32}", found)


@given(st.integers(0, len(VALID) - 1), st.sampled_from(string.printable))
def test_header_with_a_changed_character_is_read_by_the_grammar(place: int, character: str) -> None:
    changed = VALID[:place] + character + VALID[place + 1 :]
    well_formed = re.fullmatch("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", changed, re.ASCII)
    expected = changed[3:35] if well_formed and not changed.startswith("ff") else None
    assert trace_id_of(changed) == expected


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        f"ff-{TRACE_ID}-{PARENT_ID}-01",
        f"00-{'0' * 32}-{PARENT_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"01-{'0' * 32}-{PARENT_ID}-01",
        VALID.upper(),
        f" {VALID}",
        f"{VALID}\n",
        f"{VALID}-",
        f"{VALID}-more",
        f"01-{TRACE_ID}-{PARENT_ID}-01more",
        f"{VALID},{VALID}",
        f"00-{TRACE_ID}-{PARENT_ID}-1",
        f"0-{TRACE_ID}-{PARENT_ID}-01",
        VALID.replace("-", "_"),
        VALID.replace("4", "٤"),
    ],
)
def test_an_invalid_header_is_ignored(header: str | None) -> None:
    assert trace_id_of(header) is None


# -- a new order ------------------------------------------------------------------------------------------


def test_order_takes_only_the_trace_id_from_its_client() -> None:
    trace = begin_trace("BqPvXhQbjoEEMmA=", VALID, SPAN._replace(sampled=False))
    # The client's flag 01 (sampled) is ignored.
    assert trace is not None
    assert trace.traceparent == f"00-{TRACE_ID}-{SPAN.span_id}-00"


def test_an_order_without_a_header_continues_the_trace_of_its_invocation() -> None:
    trace = begin_trace("id", None, SPAN)
    assert trace is not None
    assert trace.traceparent == f"00-{SPAN.trace_id}-{SPAN.span_id}-01"


def test_new_trace_ids_begin_with_the_time_and_are_unique() -> None:
    """X-Ray finds traces by the time at the beginning of their ids."""
    traces = [begin_trace("id", "invalid", None) for _ in range(2)]
    ids = [trace.trace_id for trace in traces if trace]
    assert len(set(ids)) == 2
    assert abs(int(ids[0][:8], 16) - int(ids[1][:8], 16)) <= 1


@given(st.text())
def test_trace_begins_only_with_a_request_id_of_visible_ascii(request_id: str) -> None:
    trace = begin_trace(request_id, None, None)
    assert (trace is not None) == bool(re.fullmatch("[!-~]{1,128}", request_id))


# -- stored ids ---------------------------------------------------------------------------------------

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(), parts, max_size=3),
    max_leaves=5,
)


@given(anything, anything)
def test_stored_ids_of_any_content_are_read_without_an_error(
    correlation_id: object, traceparent: object
) -> None:
    for stored in (correlation_id, {"correlationId": correlation_id, "traceparent": traceparent}):
        trace = read_trace(stored)
        assert log_keys(trace) == {} or trace is not None


def test_attributes_of_a_later_release_are_ignored() -> None:
    stored = {"correlationId": "id", "traceparent": VALID, "tracestate": "a=b"}
    assert log_keys(read_trace(stored)) == {"correlation_id": "id", "trace_id": TRACE_ID}


# -- X-Ray ------------------------------------------------------------------------------------------------


def test_xray_header_has_the_orders_root_and_this_invocations_sampling(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = "Root=1-6740aa1b-2c1b2e0f5a1d4c3b7e8f9a0b;Parent=5d3a1c8e2f4b6071;Sampled=1"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", own)
    assert xray.current_span() == SPAN
    trace = read_trace({"correlationId": "id", "traceparent": VALID})
    assert xray.header_of(trace) == "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Sampled=1"
    assert xray.header_of(None) is None


@pytest.mark.parametrize(
    "own",
    [
        None,
        "",
        "Root=1-6740aa1b-2c1b2e0f5a1d4c3b7e8f9a0b",
        "Root=1-00000000-000000000000000000000000;Parent=5d3a1c8e2f4b6071;Sampled=1",
        "Root=1-6740aa1b-2c1b2e0f5a1d4c3b7e8f9a0b;Parent=0000000000000000;Sampled=1",
        "Parent=5d3a1c8e2f4b6071;;Sampled",
    ],
)
def test_incomplete_xray_header_gives_no_span(own: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    if own is not None:
        monkeypatch.setenv("_X_AMZN_TRACE_ID", own)
    assert xray.current_span() is None
