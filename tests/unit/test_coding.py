"""Compressed request bodies are refused; responses are compressed if the client accepts it."""

import base64
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_accept_header

from ordering.http.coding import GZIP, IDENTITY, negotiate_coding
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.shapes.stock import ReceiveStock
from tests.support.bodies import refused, request
from tests.support.recorded import http_event
from tests.support.refusals import field_of

CODED = [
    "gzip",
    "GZIP",
    "br",
    "deflate",
    "x-gzip",
    "gzip, identity",
    "identity,gzip",
    "zstd,gzip",
    "aes128gcm",
    "é",
]


@pytest.mark.parametrize("coding", CODED)
@pytest.mark.parametrize("body", [gzip.compress(b'{"received":5}', mtime=0), b'{"received":5}', b""])
def test_compressed_body_is_refused_as_an_unsupported_coding(coding: str, body: bytes) -> None:
    """The header decides, whatever the body contains."""
    event = http_event("POST /orders", headers={"Content-Encoding": coding})
    event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    problem = refused(Request(event), ReceiveStock)
    assert (problem.kind, field_of(problem)) == (ProblemType.UNSUPPORTED_CODING, "Content-Encoding")


@pytest.mark.parametrize("coding", ["", "identity", "Identity", "identity, identity", ","])
def test_body_may_declare_the_identity_coding(coding: str) -> None:
    asked = request({"received": 5}, headers={"Content-Encoding": coding})
    assert asked.body(ReceiveStock).received == 5


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json,application/json",
        "application/json, application/json",
        'application/json; profile="a,b", text/plain',
        "application/json,",
    ],
)
def test_body_with_two_media_types_is_refused(media_type: str) -> None:
    problem = refused(request({"received": 5}, headers={"Content-Type": media_type}), ReceiveStock)
    assert (problem.kind, field_of(problem)) == (ProblemType.INVALID_PARAMETER, "Content-Type")


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", r'application/json; profile="a,b\",c"', "text/plain"]
)
def test_body_with_one_media_type_is_accepted(media_type: str) -> None:
    asked = request({"received": 5}, headers={"Content-Type": media_type})
    assert asked.body(ReceiveStock).received == 5


# -- responses ---------------------------------------------------------------------------------------------

PREFERRED = {
    None: IDENTITY,
    "": IDENTITY,
    "  ": IDENTITY,
    "gzip": GZIP,
    "GZIP": GZIP,
    "x-gzip": GZIP,
    "*": GZIP,
    "gzip, deflate, br, zstd": GZIP,
    "deflate, gzip;q=1.0, *;q=0.5": GZIP,
    "gzip;q=0.001": GZIP,
    "gzip;q=0": IDENTITY,
    "gzip;q=0.000": IDENTITY,
    "gzip;q=0,*": IDENTITY,
    "gzip ; Q=0": IDENTITY,
    "x-gzip;q=0, gzip": IDENTITY,
    "gzip,gzip;q=0": IDENTITY,
    "gzip;q=0.5, identity;q=0.8": IDENTITY,
    "gzip;q=0.5, identity;q=0.5": GZIP,
    "identity": IDENTITY,
    "br": IDENTITY,
    "br;q=0": IDENTITY,
    "identity;q=0": None,
    "identity;q=0, gzip": GZIP,
    "identity;q=0, br": None,
    "identity;q=0, *": GZIP,
    "*;q=0": None,
    "*;q=0, identity": IDENTITY,
    "*;q=0, gzip": GZIP,
    "*;q=0, br": None,
    "gzip;q=0, identity;q=0": None,
    "gzip;q=0, *;q=0": None,
    ",,gzip,": GZIP,
    "gzip;q=2": IDENTITY,
    "gzip;level=9": IDENTITY,
    "gzip;q=0.0001": IDENTITY,
    "gz ip": IDENTITY,
}


@pytest.mark.parametrize(("asked", "coding"), PREFERRED.items(), ids=map(repr, PREFERRED))
def test_response_has_the_preferred_coding_of_the_client(asked: str | None, coding: str | None) -> None:
    """RFC 9110, section 12.5.3; None: the header excludes all codings.

    An element that does not match the grammar is ignored.
    """
    if coding:
        assert negotiate_coding(asked, (GZIP, IDENTITY)) == coding
    else:
        with pytest.raises(Problem) as raised:
            negotiate_coding(asked, (GZIP, IDENTITY))
        assert (raised.value.kind, field_of(raised.value)) == (ProblemType.NOT_ACCEPTABLE, "Accept-Encoding")


WEIGHTS = st.sampled_from(["", ";q=0", ";q=0.0", ";q=0.25", "; q=0.5", " ;q=0.75", ";q=1", ";q=1.000"])
CODINGS = st.permutations(["gzip", "identity", "*", "br", "deflate"]).flatmap(
    lambda names: st.integers(1, 5).map(lambda number: names[:number])
)


@given(CODINGS, st.lists(WEIGHTS, min_size=5, max_size=5))
def test_werkzeug_reads_the_same_weights(names: list[str], weights: list[str]) -> None:
    header = ",".join(name + weight for name, weight in zip(names, weights, strict=False))
    read = parse_accept_header(header)
    quality = {coding: read.quality(coding) for coding in (GZIP, IDENTITY)}
    if not {"identity", "*"} & set(names):
        # Identity is acceptable unless the header excludes it; werkzeug leaves that rule to its caller.
        quality[IDENTITY] = min(0.001, 1 - quality[GZIP])
    try:
        chosen = negotiate_coding(header, (GZIP, IDENTITY))
    except Problem:
        assert not any(quality.values()), header
    else:
        assert quality[chosen] == max(quality.values()) > 0, header
