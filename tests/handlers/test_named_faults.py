"""A fault says whose it is: by that, drivers know who is away. Guarantee 4."""

from collections.abc import Callable
from typing import Any

import pytest

from ordering.providers import payment_gateway, shipping_gateway
from ordering.providers.faults import GatewayFault, GatewayTimeout, GatewayUnavailable
from ordering.providers.sandbox_payments import SandboxPayments
from ordering.providers.sandbox_shipping import SandboxShipping
from ordering.repositories.order_transitions import NotSettled
from ordering.resilience.diagnosis import Diagnosis, FaultKind, of_exception
from tests.support.aws_calls import AwsCalls, Parameters, Send
from tests.support.driving import Machine, drive, ends, message
from tests.support.logs import Logs
from tests.support.orders import an_order, cancel
from tests.support.world import World, invoke


def raising(error: Exception) -> Callable[..., Any]:
    def call(*_: object, **__: object) -> Any:
        raise error

    return call


def test_a_fault_of_the_payment_provider_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SandboxPayments, "void", raising(GatewayTimeout("no answer")))
    with pytest.raises(GatewayTimeout, match=r"^payments: no answer$") as raised:
        payment_gateway().void("pay_1")
    assert of_exception(raised.value) == Diagnosis(FaultKind.PROVIDER, "payments")


def test_a_fault_of_the_carrier_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SandboxShipping, "cancel", raising(GatewayUnavailable("closed")))
    with pytest.raises(GatewayUnavailable, match=r"^shipping: closed$") as raised:
        shipping_gateway().cancel("order-0")
    assert of_exception(raised.value) == Diagnosis(FaultKind.PROVIDER, "shipping")


def test_what_is_no_fault_of_a_provider_s_is_left_as_it_is(world: World) -> None:
    with pytest.raises(LookupError, match="knows no payment"):
        payment_gateway().void("pay_1")


def test_a_fault_without_a_name_is_one_all_the_same() -> None:
    assert str(GatewayFault("no answer")) == "no answer"


# -- a compensation's fault ----------------------------------------------------------------------------


CAUSE = '{"errorMessage": "payments: no answer", "errorType": "GatewayTimeout", "stackTrace": ["  File ..."]}'


def test_an_order_that_cannot_be_closed_says_what_a_compensation_failed_of(world: World) -> None:
    """The state machine has caught it, so that the other compensations were tried."""
    order_id = an_order(world, "authorised")
    cancel(world, order_id)
    state = {"orderId": order_id, "fault": {"Error": "GatewayTimeout", "Cause": CAUSE}}
    with pytest.raises(NotSettled) as raised:
        invoke("saga.close_order", state)
    assert str(raised.value).endswith("; a compensation failed: GatewayTimeout: payments: no answer")
    assert of_exception(raised.value) == Diagnosis(FaultKind.PROVIDER, "payments")


def test_a_compensation_s_fault_is_passed_on_by_those_after_it(world: World) -> None:
    order_id = an_order(world, "authorised")
    cancel(world, order_id)
    caught = {"Error": "GatewayTimeout", "Cause": CAUSE}
    assert invoke("saga.release_stock", {"orderId": order_id, "fault": caught})["fault"] == caught


def test_where_nothing_was_caught_no_fault_is_carried(world: World) -> None:
    assert "fault" not in invoke("saga.load_order", {"orderId": an_order(world)})


def test_an_order_that_is_loaded_again_has_no_fault_yet(world: World) -> None:
    state = {"orderId": an_order(world), "fault": {"Error": "GatewayTimeout", "Cause": CAUSE}}
    assert "fault" not in invoke("saga.load_order", state)


# -- calls for many messages -----------------------------------------------------------------------------


def test_a_message_that_the_queue_does_not_put_off_alone_is_logged_and_fails_all_the_same(
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
