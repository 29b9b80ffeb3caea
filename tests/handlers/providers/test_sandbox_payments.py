"""The payment provider's sandbox: records in a table, and behaviour by the token. Nothing is random."""

import contextlib
from collections.abc import Callable

import pytest

from ordering.domain.money import Money
from ordering.domain.payment import PaymentStatus
from ordering.dynamodb.client import ConditionFailed
from ordering.providers.faults import GatewayTimeout, GatewayUnavailable
from ordering.providers.payments import PaymentAnswer
from ordering.providers.sandbox_payments import SandboxPayments
from tests.support.world import World

PRICE = Money(amount=2500, currency="EUR")
ACCEPTED = ["tok_ok", "tok_timeout", "tok_flaky", "tok_capture_refused"]
DECLINED = {
    "tok_declined": "card_declined",
    "tok_insufficient_funds": "insufficient_funds",
    "tok_ok ": "unknown_token",
    "TOK_OK": "unknown_token",
    "4111111111111111": "unknown_token",
}


@pytest.fixture
def provider(world: World) -> SandboxPayments:
    return SandboxPayments(world.provider_table)


def prepared(provider: SandboxPayments, token: str = "tok_ok", key: str = "order/1") -> str:
    return provider.prepare(key=key, token=token, price=PRICE)


def persist(provider: SandboxPayments, payment_id: str) -> PaymentAnswer:
    """Returns the authorisation, after as many retries as it needs."""
    for _ in range(3):
        try:
            return provider.authorise(payment_id)
        except (GatewayTimeout, GatewayUnavailable):
            continue
    raise AssertionError("it never comes")


def authorised(provider: SandboxPayments, token: str = "tok_ok") -> str:
    payment_id = prepared(provider, token)
    persist(provider, payment_id)
    return payment_id


def money(world: World) -> tuple[int, int]:
    (record,) = world.provider_records()
    return record["captured"], record["refunded"]


# -- prepare -------------------------------------------------------------------------------------------


def test_preparing_a_payment_moves_no_money(provider: SandboxPayments, world: World) -> None:
    prepared(provider)
    assert money(world) == (0, 0)


def test_same_key_is_the_same_payment(provider: SandboxPayments, world: World) -> None:
    assert (prepared(provider) == prepared(provider), len(world.provider_records())) == (True, 1)


def test_another_key_is_another_payment(provider: SandboxPayments) -> None:
    assert prepared(provider, key="order/1") != prepared(provider, key="order/2")


def test_amount_of_a_key_cannot_change(provider: SandboxPayments) -> None:
    prepared(provider)
    with pytest.raises(ValueError, match="another amount"):
        provider.prepare(key="order/1", token="tok_ok", price=Money(amount=1, currency="EUR"))


def test_prepared_payment_is_found_as_prepared(provider: SandboxPayments) -> None:
    assert provider.find(prepared(provider)).status is PaymentStatus.PREPARED


def test_preparing_again_leaves_an_authorisation_unchanged(provider: SandboxPayments) -> None:
    payment_id = authorised(provider)
    prepared(provider)
    assert provider.find(payment_id).status is PaymentStatus.AUTHORISED


# -- authorise -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ACCEPTED)
def test_good_token_is_authorised_in_the_end(provider: SandboxPayments, token: str) -> None:
    assert persist(provider, prepared(provider, token)).status is PaymentStatus.AUTHORISED


@pytest.mark.parametrize(("token", "reason"), DECLINED.items())
def test_any_other_token_is_declined_with_its_reason(
    provider: SandboxPayments, token: str, reason: str
) -> None:
    answer = provider.authorise(prepared(provider, token))
    assert (answer.status, answer.reason) == (PaymentStatus.DECLINED, reason)


@pytest.mark.parametrize("token", [*ACCEPTED, *DECLINED])
def test_repeated_authorisation_returns_the_same_result(provider: SandboxPayments, token: str) -> None:
    payment_id = prepared(provider, token)
    assert persist(provider, payment_id) == provider.authorise(payment_id) == provider.find(payment_id)


def test_first_response_of_a_lost_response_token_never_arrives(provider: SandboxPayments) -> None:
    with pytest.raises(GatewayTimeout):
        provider.authorise(prepared(provider, "tok_timeout"))


def authorised_with_a_lost_response(provider: SandboxPayments) -> str:
    payment_id = prepared(provider, "tok_timeout")
    with pytest.raises(GatewayTimeout):
        provider.authorise(payment_id)
    return payment_id


def test_payment_with_a_lost_response_is_authorised(provider: SandboxPayments) -> None:
    payment_id = authorised_with_a_lost_response(provider)
    assert provider.find(payment_id).status is PaymentStatus.AUTHORISED


def test_only_the_first_response_is_lost(provider: SandboxPayments) -> None:
    payment_id = authorised_with_a_lost_response(provider)
    assert provider.authorise(payment_id).status is PaymentStatus.AUTHORISED


def test_flaky_provider_is_unavailable_exactly_twice(provider: SandboxPayments) -> None:
    payment_id = prepared(provider, "tok_flaky")
    for _ in range(2):
        with pytest.raises(GatewayUnavailable):
            provider.authorise(payment_id)
    assert provider.authorise(payment_id).status is PaymentStatus.AUTHORISED


def test_unavailable_provider_has_not_acted(provider: SandboxPayments) -> None:
    payment_id = prepared(provider, "tok_flaky")
    with pytest.raises(GatewayUnavailable):
        provider.authorise(payment_id)
    assert provider.find(payment_id).status is PaymentStatus.PREPARED


@pytest.mark.parametrize("token", [*ACCEPTED, *DECLINED])
def test_an_authorisation_takes_no_money(provider: SandboxPayments, world: World, token: str) -> None:
    authorised(provider, token)
    assert money(world) == (0, 0)


# -- capture -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["tok_ok", "tok_timeout", "tok_flaky"])
def test_an_authorised_payment_is_captured(provider: SandboxPayments, world: World, token: str) -> None:
    assert provider.capture(authorised(provider, token)).status is PaymentStatus.CAPTURED
    assert money(world) == (2500, 0)


def test_a_payment_is_captured_once(provider: SandboxPayments, world: World) -> None:
    payment_id = authorised(provider)
    assert provider.capture(payment_id) == provider.capture(payment_id)
    assert money(world) == (2500, 0)


def test_an_expired_authorisation_is_refused_for_good(provider: SandboxPayments, world: World) -> None:
    payment_id = authorised(provider, "tok_capture_refused")
    answers = [provider.capture(payment_id) for _ in range(2)]
    assert [(answer.status, answer.reason) for answer in answers] == [
        (PaymentStatus.CAPTURE_REFUSED, "authorisation_expired")
    ] * 2
    assert money(world) == (0, 0)


def test_unauthorised_payment_is_not_captured(provider: SandboxPayments, world: World) -> None:
    assert provider.capture(prepared(provider)).status is PaymentStatus.PREPARED
    assert money(world) == (0, 0)


# -- void and refund -----------------------------------------------------------------------------------


def test_an_authorisation_is_voided(provider: SandboxPayments) -> None:
    assert provider.void(authorised(provider)).status is PaymentStatus.VOIDED


def test_a_refused_capture_can_still_be_voided(provider: SandboxPayments) -> None:
    payment_id = authorised(provider, "tok_capture_refused")
    provider.capture(payment_id)
    assert provider.void(payment_id).status is PaymentStatus.VOIDED


def test_a_captured_payment_is_refunded_whole(provider: SandboxPayments, world: World) -> None:
    payment_id = authorised(provider)
    provider.capture(payment_id)
    assert (provider.refund(payment_id).status, money(world)) == (PaymentStatus.REFUNDED, (2500, 2500))


def test_a_payment_is_refunded_once(provider: SandboxPayments, world: World) -> None:
    payment_id = authorised(provider)
    provider.capture(payment_id)
    assert provider.refund(payment_id) == provider.refund(payment_id)
    assert money(world) == (2500, 2500)


def test_payment_that_was_never_captured_is_not_refunded(provider: SandboxPayments, world: World) -> None:
    assert provider.refund(authorised(provider)).status is PaymentStatus.AUTHORISED
    assert money(world) == (0, 0)


# -- rivals: exactly one takes effect --------------------------------------------------------------------


def test_void_before_the_capture_prevents_the_capture(provider: SandboxPayments, world: World) -> None:
    payment_id = authorised(provider)
    provider.void(payment_id)
    assert (provider.capture(payment_id).status, money(world)) == (PaymentStatus.VOIDED, (0, 0))


def test_capture_before_the_void_prevents_the_void(provider: SandboxPayments, world: World) -> None:
    payment_id = authorised(provider)
    provider.capture(payment_id)
    assert (provider.void(payment_id).status, money(world)) == (PaymentStatus.CAPTURED, (2500, 0))


def test_prepared_payment_cannot_be_authorised_after_a_void(provider: SandboxPayments) -> None:
    payment_id = prepared(provider)
    provider.void(payment_id)
    assert provider.authorise(payment_id).status is PaymentStatus.VOIDED


def test_a_refunded_payment_is_never_captured_again(provider: SandboxPayments, world: World) -> None:
    payment_id = authorised(provider)
    provider.capture(payment_id)
    provider.refund(payment_id)
    assert (provider.capture(payment_id).status, money(world)) == (PaymentStatus.REFUNDED, (2500, 2500))


# -- the provider's records ----------------------------------------------------------------------------


def test_provider_records_outlive_the_process(provider: SandboxPayments, world: World) -> None:
    payment_id = authorised(provider)
    assert SandboxPayments(world.provider_table).find(payment_id).status is PaymentStatus.AUTHORISED


OPERATIONS: dict[str, Callable[[SandboxPayments], PaymentAnswer]] = {
    "capture": lambda provider: provider.capture("pay_unknown"),
    "void": lambda provider: provider.void("pay_unknown"),
    "refund": lambda provider: provider.refund("pay_unknown"),
    "find": lambda provider: provider.find("pay_unknown"),
    "authorise": lambda provider: provider.authorise("pay_unknown"),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_unknown_payment_is_an_error(
    provider: SandboxPayments, operation: Callable[[SandboxPayments], PaymentAnswer]
) -> None:
    with pytest.raises(LookupError, match="pay_unknown"):
        operation(provider)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_finding_an_unknown_payment_creates_none(
    provider: SandboxPayments, world: World, operation: Callable[[SandboxPayments], PaymentAnswer]
) -> None:
    with contextlib.suppress(LookupError, ConditionFailed):
        operation(provider)
    assert world.provider_records() == []
