"""Guarantee 1 depends on ids: the same key of the same customer always gives the same order id."""

import itertools
import time
from uuid import RFC_4122, UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ordering.domain.identity import customer_id, fingerprint, fresh_order_id, is_order_id, keyed_order_id

ISSUER = "https://issuer.example.com"
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
cuts = st.tuples(st.integers(0, 12), st.integers(0, 12))


def names(text: str, at: tuple[int, int]) -> tuple[str, str, str]:
    """Returns one text, cut into an issuer, a subject and a key."""
    first, second = sorted(at)
    return text[:first], text[first:second], text[second:]


# -- derived -------------------------------------------------------------------------------------------


def test_customer_id_is_stable() -> None:
    assert customer_id(ISSUER, "alice") == "87b19cbb197a82fb53869ba6163a6663"


def test_order_id_of_a_key_is_stable() -> None:
    assert keyed_order_id(ISSUER, "alice", "key-1") == "70636c1f-cdf5-85e3-a4a5-b2ddaea7ba2e"


@given(st.tuples(texts, texts), st.tuples(texts, texts))
def test_two_customers_have_different_ids(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (customer_id(*one) == customer_id(*other)) == (one == other)


@given(st.tuples(texts, texts, texts), st.tuples(texts, texts, texts))
def test_two_keys_have_different_order_ids(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert (keyed_order_id(*one) == keyed_order_id(*other)) == (one == other)


@pytest.mark.slow
@given(texts, cuts, cuts)
def test_moving_characters_between_id_parts_gives_another_order_id(
    text: str, here: tuple[int, int], there: tuple[int, int]
) -> None:
    one, other = names(text, here), names(text, there)
    assume(one != other)
    assert keyed_order_id(*one) != keyed_order_id(*other)


@given(texts, texts)
def test_a_customers_id_is_32_hexadecimal_digits(issuer: str, subject: str) -> None:
    assert len(bytes.fromhex(customer_id(issuer, subject))) == 16


@given(texts, texts, texts)
def test_a_derived_order_id_is_a_uuid_of_version_8(issuer: str, subject: str, key: str) -> None:
    uuid = UUID(keyed_order_id(issuer, subject, key))
    assert (uuid.version, uuid.variant) == (8, RFC_4122)


@given(texts, texts, texts)
def test_derived_order_id_is_recognised_as_an_order_id(issuer: str, subject: str, key: str) -> None:
    assert is_order_id(keyed_order_id(issuer, subject, key))


# -- fresh ---------------------------------------------------------------------------------------------


def test_a_fresh_order_id_is_a_uuid_of_version_7() -> None:
    uuid = UUID(fresh_order_id())
    assert (uuid.version, uuid.variant) == (7, RFC_4122)


def test_fresh_order_id_is_recognised_as_an_order_id() -> None:
    assert is_order_id(fresh_order_id())


def test_fresh_order_ids_are_unique() -> None:
    assert len({fresh_order_id() for _ in range(1000)}) == 1000


def test_fresh_order_ids_sort_by_creation_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(1_795_262_400_000_000_000, 1_000_000)
    monkeypatch.setattr(time, "time_ns", lambda: next(clock))
    made = [fresh_order_id() for _ in range(100)]
    assert made == sorted(made)


def test_fresh_order_id_contains_its_creation_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_795_262_400_123_456_789)
    assert UUID(fresh_order_id()).int >> 80 == 1_795_262_400_123


# -- the form ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "67ac7c2f9402853baeb2e3a1fe83d8fc",
        "67AC7C2F-9402-853B-AEB2-E3A1FE83D8FC",
        "{67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc}",
        "urn:uuid:67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc",
        "67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc ",
        "67ac7c2f-9402-853b-aeb2-e3a1fe83d8fg",
        "67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc/x",
        "67ac7c2f-9402-853b-aeb2-e3a1fe83d8f\u0663",
    ],
)
def test_text_that_is_not_a_uuid_is_not_an_order_id(text: str) -> None:
    assert not is_order_id(text)


def test_uuid_is_accepted_as_an_order_id() -> None:
    assert is_order_id("67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc")


# -- fingerprints --------------------------------------------------------------------------------------


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_fingerprints_are_equal_only_for_equal_bodies(one: bytes, other: bytes) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (one == other)


def test_fingerprint_does_not_reveal_the_body() -> None:
    assert "tok_ok" not in fingerprint(b'{"paymentToken":"tok_ok"}')
