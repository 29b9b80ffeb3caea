"""How the tool prints times, causes and secrets."""

import pytest

from ordering.domain.clock import now
from ordering.domain.operator_text import Redactor, age, counted, in_short, moment
from tests.support.clock import MovableClock


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (12 * 60, "12 min"),
        (3 * 3600 + 5 * 60, "3 h 05 min"),
        (2 * 86400 + 4 * 3600, "2 d 4 h"),
        (-5, "0 s"),
    ],
)
def test_age_has_two_units_at_most(seconds: int, text: str) -> None:
    # A clock of its own: by the real one, the age grows while a slow test runs.
    clock = MovableClock()
    with clock.ticking():
        past = now()
        clock.move(seconds)
        assert age(past) == text


def test_moment_has_the_format_of_the_app() -> None:
    assert moment(1_795_000_000_123) == "2026-11-18T11:06:40.123Z"


def test_count_of_zero_is_written_as_no() -> None:
    assert [counted(n, "reply", "replies") for n in (0, 1, 2)] == ["no replies", "1 reply", "2 replies"]
    assert counted(2, "letter") == "2 letters"


@pytest.mark.parametrize(
    ("cause", "short"),
    [
        ('ExecutionFailed: FAILED: Oh: {"errorMessage": "no", "errorType": "Ah"}', "FAILED: Ah: no"),
        ('FAILED: Oh: {"errorMessage": "cut \\"off\\" he', 'FAILED: Oh: cut "off" he'),
        ('ExecutionFailed: FAILED: Oh: {"errorMessage": "half an escape \\', "FAILED: Oh: half an escape "),
        ('ordering.aws.saga_client.ExecutionFailed: FAILED: Oh: {"errorMessage": "no"}', "FAILED: Oh: no"),
        ("ExecutionFailed: TIMED_OUT: no error: no cause", "ExecutionFailed: TIMED_OUT: no error: no cause"),
        ("ReadTimeoutError: after\n   130 s", "ReadTimeoutError: after 130 s"),
        ('FAILED: Oh: {"other": 1}', 'FAILED: Oh: {"other": 1}'),
    ],
)
def test_cause_is_shortened_to_the_error_of_the_step(cause: str, short: str) -> None:
    assert in_short(cause).strip() == short.strip()


def test_long_cause_is_cut() -> None:
    assert len(in_short("x" * 1000)) == 240
    assert in_short("x" * 1000).endswith("…")


def test_secrets_and_email_addresses_are_redacted() -> None:
    discreet = Redactor(["tok_1234", "tok_12345", None, "GB"])
    assert discreet("tok_12345, ada+x@mail.example.com in GB") == "[redacted], [redacted] in GB"


@pytest.mark.parametrize(
    "address", ["ada@example.com", "o'hara@example.com", "a!#$%&*+/=?^_`{|}~-b@x.example"]
)
@pytest.mark.parametrize("said", ["to {}.", '{{"email":"{}"}}', "Ada <{}>", "[{}]", "({})", "x,{};y"])
def test_no_part_of_an_email_address_remains(address: str, said: str) -> None:
    redacted = Redactor()(said.format(address))
    assert "[redacted]" in redacted
    assert not any(part in redacted for part in address.split("@"))
