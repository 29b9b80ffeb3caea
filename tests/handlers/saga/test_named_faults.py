"""A fault names the provider that caused it, so that drivers know which one is unavailable. Guarantee 4."""

from collections.abc import Callable
from typing import Any

import pytest

from ordering.providers import payment_gateway, shipping_gateway
from ordering.providers.faults import GatewayFault, GatewayTimeout, GatewayUnavailable
from ordering.providers.sandbox_payments import SandboxPayments
from ordering.providers.sandbox_shipping import SandboxShipping
from ordering.repositories.order_transitions import NotSettled
from ordering.resilience.diagnosis import Diagnosis, FaultKind, of_exception
from tests.support.aws_calls import AwsCalls, Send
from tests.support.client_calls import Parameters
from tests.support.driving import Machine, drive, ends, message
from tests.support.logs import Logs
from tests.support.orders import an_order, cancel
from tests.support.world import World, invoke


def raising(error: Exception) -> Callable[..., Any]:
    def call(*_: object, **__: object) -> Any:
        raise error

    return call


def test_payment_provider_fault_names_the_payment_provider(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SandboxPayments, "void", raising(GatewayTimeout("no answer")))
    with pytest.raises(GatewayTimeout, match=r"^payments: no answer$") as raised:
        payment_gateway().void("pay_1")
    assert of_exception(raised.value) == Diagnosis(FaultKind.PROVIDER, "payments")


def test_carrier_fault_names_the_carrier(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SandboxShipping, "cancel", raising(GatewayUnavailable("closed")))
    with pytest.raises(GatewayUnavailable, match=r"^shipping: closed$") as raised:
        shipping_gateway().cancel("order-0")
    assert of_exception(raised.value) == Diagnosis(FaultKind.PROVIDER, "shipping")


def test_error_of_no_provider_is_left_unchanged(world: World) -> None:
    with pytest.raises(LookupError, match="knows no payment"):
        payment_gateway().void("pay_1")


def test_unnamed_fault_is_still_a_fault() -> None:
    assert str(GatewayFault("no answer")) == "no answer"


# -- a compensation's fault ----------------------------------------------------------------------------


CAUSE = '{"errorMessage": "payments: no answer", "errorType": "GatewayTimeout", "stackTrace": ["  File ..."]}'


def test_order_that_cannot_be_closed_reports_the_compensation_fault(world: World) -> None:
    """The state machine caught the fault and tried the other compensations."""
    order_id = an_order(world, "authorised")
    cancel(world, order_id)
    state = {"orderId": order_id, "fault": {"Error": "GatewayTimeout", "Cause": CAUSE}}
    with pytest.raises(NotSettled) as raised:
        invoke("saga.close_order", state)
    assert str(raised.value).endswith("; a compensation failed: GatewayTimeout: payments: no answer")
    assert of_exception(raised.value) == Diagnosis(FaultKind.PROVIDER, "payments")


def test_compensation_fault_is_passed_on_by_later_compensations(world: World) -> None:
    order_id = an_order(world, "authorised")
    cancel(world, order_id)
    caught = {"Error": "GatewayTimeout", "Cause": CAUSE}
    assert invoke("saga.release_stock", {"orderId": order_id, "fault": caught})["fault"] == caught


def test_state_without_a_caught_fault_carries_no_fault(world: World) -> None:
    assert "fault" not in invoke("saga.load_order", {"orderId": an_order(world)})


def test_reloaded_order_carries_no_fault(world: World) -> None:
    state = {"orderId": an_order(world), "fault": {"Error": "GatewayTimeout", "Cause": CAUSE}}
    assert "fault" not in invoke("saga.load_order", state)


# -- calls for many messages -----------------------------------------------------------------------------


def test_message_whose_delay_is_refused_is_logged_and_still_fails(
    machine: Machine, calls: AwsCalls, logs: Logs
) -> None:
    def in_part(parameters: Parameters, send: Send) -> Any:
        return {
            "Successful": [],
            "Failed": [{"Id": "0", "Code": "ReceiptHandleIsInvalid", "SenderFault": True}],
        }

    calls.always("ChangeMessageVisibilityBatch", in_part)
    machine.endings = {f"order-{n}": ends("FAILED") for n in range(2)}
    assert drive(*map(message, machine.endings)) == ["message-0", "message-1"]
    assert any(line["message"] == "no back-off" for line in logs.lines)
