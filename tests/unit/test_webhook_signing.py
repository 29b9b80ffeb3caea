"""A receiver verifies our webhooks with any library of Standard Webhooks; here with the official one."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from ordering.domain.webhooks.back_off import MAX_ATTEMPTS, RETRY_DELAYS, retry_delay_seconds
from ordering.domain.webhooks.signing import SECRET_PREFIX, headers_for, new_salt, secret_of

KEY = b"k" * 64
ID = "5e1c0d3a9b7f4e2488d1c6a05b3f7e90"
BODY = '{"type":"OrderFulfilled","data":{"name":"Tasse, weiß"}}'.encode()


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def verify(secret: str, headers: dict[str, str], body: bytes = BODY) -> object:
    return Webhook(secret).verify(body, headers)


def signed(*secrets: str, timestamp: int | None = None) -> dict[str, str]:
    at = now() if timestamp is None else timestamp
    return dict(headers_for(secrets, id=ID, timestamp=at, body=BODY))


def test_official_library_verifies_a_webhook() -> None:
    secret = secret_of(KEY, new_salt())
    assert verify(secret, signed(secret)) == {"type": "OrderFulfilled", "data": {"name": "Tasse, weiß"}}


def test_signature_is_that_of_the_official_library() -> None:
    secret, at = secret_of(KEY, new_salt()), datetime.now(UTC)
    expected = Webhook(secret).sign(ID, at, BODY.decode())
    assert signed(secret, timestamp=int(at.timestamp()))["webhook-signature"] == expected


def test_receiver_verifies_by_the_old_and_by_the_new_secret_during_a_rotation() -> None:
    old, new = secret_of(KEY, new_salt()), secret_of(KEY, new_salt())
    headers = signed(new, old)
    assert verify(old, headers) == verify(new, headers)


def test_another_secret_does_not_verify_a_webhook() -> None:
    headers = signed(secret_of(KEY, new_salt()))
    with pytest.raises(WebhookVerificationError):
        verify(secret_of(KEY, new_salt()), headers)


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp", "body"])
def test_change_of_any_signed_part_is_noticed(changed: str) -> None:
    secret = secret_of(KEY, new_salt())
    headers = signed(secret)
    headers |= {"webhook-id": f"{ID}0"} if changed == "webhook-id" else {}
    headers |= {"webhook-timestamp": str(now() + 1)} if changed == "webhook-timestamp" else {}
    with pytest.raises(WebhookVerificationError):
        verify(secret, headers, BODY + b" " if changed == "body" else BODY)


def test_webhook_that_is_replayed_later_is_noticed() -> None:
    secret = secret_of(KEY, new_salt())
    with pytest.raises(WebhookVerificationError, match="too old"):
        verify(secret, signed(secret, timestamp=now() - 3600))


@given(st.binary(min_size=32, max_size=64), st.binary(min_size=32, max_size=32))
def test_secret_has_the_length_that_the_specification_asks_for(key: bytes, salt: bytes) -> None:
    secret = secret_of(key, salt.hex())
    assert secret.startswith(SECRET_PREFIX)
    assert 24 <= len(base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)) <= 64


def test_secret_needs_both_the_key_and_the_salt() -> None:
    salt, other = new_salt(), new_salt()
    assert secret_of(KEY, salt) == secret_of(KEY, salt)
    assert len({secret_of(KEY, salt), secret_of(KEY, other), secret_of(b"o" * 64, salt)}) == 3


def test_key_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="31 bytes"):
        secret_of(b"k" * 31, new_salt())


def test_error_about_a_malformed_secret_does_not_contain_it() -> None:
    with pytest.raises(ValueError, match="not base64") as raised:
        headers_for(["whsec_not base64!"], id=ID, timestamp=0, body=b"")
    assert "not base64!" not in str(raised.value)


@given(st.floats(0, 1))
def test_attempts_cover_three_days_whatever_the_jitter(jitter: float) -> None:
    delays = [retry_delay_seconds(attempts, jitter) for attempts in range(1, MAX_ATTEMPTS + 1)]
    assert delays[-1] is None
    waited = sum(delay for delay in delays if delay is not None)
    assert timedelta(days=3) <= timedelta(seconds=waited) <= timedelta(days=4)


def test_delays_grow_with_each_attempt() -> None:
    assert list(RETRY_DELAYS) == sorted(RETRY_DELAYS)
    assert retry_delay_seconds(1, 0) == RETRY_DELAYS[0]
    assert retry_delay_seconds(1, 1) == round(RETRY_DELAYS[0] * 1.1)
