"""Capture payment: the amount is taken, once. Guarantee 3."""

from collections.abc import Callable

import pytest

from lambdas.saga import capture_payment
from ordering.domain.order import OrderId
from ordering.domain.payment import PaymentStatus
from ordering.providers.faults import GatewayTimeout
from ordering.providers.payments import PaymentAnswer
from ordering.providers.sandbox_payments import SandboxPayments
from ordering.repositories.keys import order_keys
from tests.support import least_privilege
from tests.support.orders import an_order, cancel_to_the_end, overwrite, then_meanwhile
from tests.support.world import World


class Lossy(SandboxPayments):
    """A provider that captures, and whose response is lost."""

    def capture(self, payment_id: str) -> PaymentAnswer:
        super().capture(payment_id)
        raise GatewayTimeout


class Interrupting(SandboxPayments):
    """A provider after whose capture something else happens, before its response arrives."""

    def __init__(self, world: World, action: Callable[[], object]) -> None:
        super().__init__(world.provider_table)
        self._action = action

    def capture(self, payment_id: str) -> PaymentAnswer:
        answer = super().capture(payment_id)
        with least_privilege.within(None):
            self._action()
        return answer


def capture(world: World, order_id: OrderId) -> str:
    return world.step("capture_payment", order_id)


def ledger(world: World, order_id: OrderId) -> str:
    payment = world.details(order_id).payment
    assert payment
    return payment.status


def provider_payment(world: World) -> tuple[str, int, int]:
    """Returns the provider's only payment: its status, the captured and the refunded amount."""
    (record,) = [record for record in world.provider_records() if record["PK"].startswith("PAYMENT#")]
    return record["status"], record["captured"], record["refunded"]


# -- fresh ---------------------------------------------------------------------------------------------


def test_an_authorised_payment_is_captured(world: World) -> None:
    assert capture(world, an_order(world, "confirmed")) == "CAPTURED"


def test_capture_takes_the_total(world: World) -> None:
    capture(world, an_order(world, "confirmed"))
    assert provider_payment(world) == ("CAPTURED", 2500, 0)


def test_captured_payment_is_in_the_payment_ledger(world: World) -> None:
    assert ledger(world, an_order(world, "captured")) == "CAPTURED"


def test_a_captured_payment_is_due_until_its_order_is_fulfilled(world: World) -> None:
    item = world.table.get(order_keys.payment(an_order(world, "captured"), 1))
    assert item
    assert "GSI2PK" in item


def test_capture_refused_for_good_is_an_outcome(world: World) -> None:
    assert capture(world, an_order(world, "confirmed", token="tok_capture_refused")) == "CAPTURE_REFUSED"


def test_refused_capture_takes_no_money(world: World) -> None:
    capture(world, an_order(world, "confirmed", token="tok_capture_refused"))
    assert provider_payment(world) == ("CAPTURE_REFUSED", 0, 0)


def test_refused_capture_has_its_reason(world: World) -> None:
    order_id = an_order(world, "captured", token="tok_capture_refused")
    payment = world.details(order_id).payment
    assert payment
    assert (payment.status, payment.reason) == ("CAPTURE_REFUSED", "authorisation_expired")


# -- repeated, and after a fault -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "outcome"), [("tok_ok", "CAPTURED"), ("tok_capture_refused", "CAPTURE_REFUSED")]
)
def test_repeated_capture_returns_the_same_outcome_and_changes_nothing(
    world: World, token: str, outcome: str
) -> None:
    order_id = an_order(world, "captured", token=token)
    before = world.items(), world.provider_records()
    assert capture(world, order_id) == outcome
    assert (world.items(), world.provider_records()) == before


def test_lost_capture_response_is_a_fault(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = an_order(world, "confirmed")
    monkeypatch.setattr(capture_payment, "gateway", Lossy(world.provider_table))
    with pytest.raises(GatewayTimeout):
        capture(world, order_id)


def test_capture_with_a_lost_response_is_charged_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = an_order(world, "confirmed")
    with monkeypatch.context() as lossy:
        lossy.setattr(capture_payment, "gateway", Lossy(world.provider_table))
        with pytest.raises(GatewayTimeout):
            capture(world, order_id)
    assert (capture(world, order_id), provider_payment(world)) == ("CAPTURED", ("CAPTURED", 2500, 0))


def test_two_concurrent_captures_take_the_money_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = an_order(world, "confirmed")
    then_meanwhile(monkeypatch, lambda: capture(world, order_id))
    assert (capture(world, order_id), provider_payment(world)) == ("CAPTURED", ("CAPTURED", 2500, 0))


@pytest.mark.parametrize(
    "status", [status for status in PaymentStatus if status not in ("AUTHORISED", "CAPTURED")]
)
def test_uncapturable_payment_is_reported_and_left_unchanged(world: World, status: PaymentStatus) -> None:
    order_id = an_order(world, "confirmed")
    overwrite(world, order_keys.payment(order_id, 1), status=status)
    assert (capture(world, order_id), provider_payment(world)) == ("CAPTURE_REFUSED", ("AUTHORISED", 0, 0))


# -- late: the provider decides ------------------------------------------------------------------------


def test_capture_after_the_void_takes_no_money(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = an_order(world, "confirmed")
    then_meanwhile(monkeypatch, lambda: cancel_to_the_end(world, order_id))
    capture(world, order_id)
    assert provider_payment(world) == ("VOIDED", 0, 0)


def test_capture_after_the_void_is_not_recorded_as_captured(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world, "confirmed")
    then_meanwhile(monkeypatch, lambda: cancel_to_the_end(world, order_id))
    assert (capture(world, order_id), ledger(world, order_id)) == ("CAPTURE_REFUSED", "VOIDED")


def test_capture_before_the_void_is_refunded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = an_order(world, "confirmed")
    monkeypatch.setattr(
        capture_payment, "gateway", Interrupting(world, lambda: cancel_to_the_end(world, order_id))
    )
    assert capture(world, order_id) == "CAPTURE_REFUSED"
    assert (provider_payment(world), ledger(world, order_id)) == (("REFUNDED", 2500, 2500), "REFUNDED")
