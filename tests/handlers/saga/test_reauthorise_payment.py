"""Authorise again: one more attempt after a permanently refused capture, and never two holds."""

import pytest

from lambdas.saga import reauthorise_payment
from ordering.domain.order import OrderId
from ordering.domain.payment import PaymentStatus
from ordering.dynamodb.client import TransactionCancelled
from ordering.providers.faults import GatewayUnavailable
from ordering.providers.payments import PaymentAnswer
from ordering.providers.sandbox_payments import SandboxPayments
from ordering.repositories.keys import order_keys
from tests.support.aws_calls import CONFLICT_ATTEMPTS, AwsCalls, contended
from tests.support.orders import an_order, cancel, overwrite, then_meanwhile
from tests.support.world import World


class Away(SandboxPayments):
    """A provider that cannot be reached for a void."""

    def void(self, payment_id: str) -> PaymentAnswer:
        raise GatewayUnavailable


def reauthorise(world: World, order_id: OrderId) -> str:
    return world.step("reauthorise_payment", order_id)


def refused(world: World) -> OrderId:
    """Returns a confirmed order whose capture was refused permanently."""
    return an_order(world, "captured", token="tok_capture_refused")


def refused_twice(world: World) -> OrderId:
    """Returns a confirmed order whose second capture was refused as well."""
    order_id = refused(world)
    reauthorise(world, order_id)
    world.step("capture_payment", order_id)
    return order_id


def ledger(world: World, order_id: OrderId) -> list[str]:
    return [payment.status for payment in world.details(order_id).payments]


def provider_statuses(world: World) -> dict[str, str]:
    """Returns the provider's status of each attempt, by the end of its key."""
    records = [record for record in world.provider_records() if record["PK"].startswith("PAYMENT#")]
    return {record["key"][-2:]: record["status"] for record in records}


# -- fresh ---------------------------------------------------------------------------------------------


def test_refused_capture_is_authorised_again(world: World) -> None:
    assert reauthorise(world, refused(world)) == "AUTHORISED"


def test_refused_attempt_is_voided_first(world: World) -> None:
    order_id = refused(world)
    reauthorise(world, order_id)
    assert (ledger(world, order_id), provider_statuses(world)) == (
        ["VOIDED", "AUTHORISED"],
        {"/1": "VOIDED", "/2": "AUTHORISED"},
    )


def test_second_attempt_is_not_made_without_the_void(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = refused(world)
    monkeypatch.setattr(reauthorise_payment, "gateway", Away(world.provider_table))
    with pytest.raises(GatewayUnavailable):
        reauthorise(world, order_id)
    assert provider_statuses(world) == {"/1": "CAPTURE_REFUSED"}


def test_declined_second_attempt_is_an_outcome(world: World) -> None:
    order_id = refused(world)
    overwrite(world, order_keys.order(order_id), paymentToken="tok_declined")
    assert (reauthorise(world, order_id), ledger(world, order_id)) == ("DECLINED", ["VOIDED", "DECLINED"])


def test_second_attempt_is_not_made_if_the_money_was_captured_late(world: World) -> None:
    order_id = refused(world)
    (payment,) = world.details(order_id).payments
    _capture_behind_our_back(world, payment.payment_id)
    assert (reauthorise(world, order_id), ledger(world, order_id)) == ("CAPTURED", ["CAPTURED"])


# -- no attempt is left --------------------------------------------------------------------------------


def test_third_attempt_is_never_made(world: World) -> None:
    order_id = refused_twice(world)
    assert reauthorise(world, order_id) == "CAPTURE_REFUSED"


def test_reauthorisation_writes_nothing_when_no_attempt_is_left(world: World) -> None:
    order_id = refused_twice(world)
    before = world.items(), world.provider_records()
    reauthorise(world, order_id)
    assert (world.items(), world.provider_records()) == before


# -- repeated, and after a fault -----------------------------------------------------------------------


def test_repeated_reauthorisation_returns_the_same_and_changes_nothing(world: World) -> None:
    order_id = refused(world)
    reauthorise(world, order_id)
    before = world.items(), world.provider_records()
    assert reauthorise(world, order_id) == "AUTHORISED"
    assert (world.items(), world.provider_records()) == before


def test_second_attempt_is_opened_after_a_crash_behind_the_void(world: World, calls: AwsCalls) -> None:
    order_id = refused(world)
    calls.next("TransactWriteItems", contended, times=CONFLICT_ATTEMPTS)
    with pytest.raises(TransactionCancelled):
        reauthorise(world, order_id)
    assert (reauthorise(world, order_id), ledger(world, order_id)) == ("AUTHORISED", ["VOIDED", "AUTHORISED"])


def test_second_authorisation_is_made_after_a_crash_before_it(world: World) -> None:
    order_id = refused(world)
    reauthorise(world, order_id)
    overwrite(world, order_keys.payment(order_id, 2), status=PaymentStatus.PREPARED)
    assert (reauthorise(world, order_id), ledger(world, order_id)) == ("AUTHORISED", ["VOIDED", "AUTHORISED"])


def test_two_concurrent_reauthorisations_continue_with_one_second_attempt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = refused(world)
    then_meanwhile(monkeypatch, lambda: reauthorise(world, order_id))
    assert (reauthorise(world, order_id), ledger(world, order_id)) == ("AUTHORISED", ["VOIDED", "AUTHORISED"])


# -- late ----------------------------------------------------------------------------------------------


def test_order_cancelled_concurrently_gets_no_second_attempt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = refused(world)
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    assert (reauthorise(world, order_id), ledger(world, order_id)) == ("ORDER_MOVED", ["VOIDED"])


def test_order_cancelled_concurrently_has_no_second_hold(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = refused(world)
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    reauthorise(world, order_id)
    assert "AUTHORISED" not in provider_statuses(world).values()


def test_order_that_was_never_charged_is_not_charged_again(world: World) -> None:
    order_id = an_order(world, "confirmed")
    world.table.delete(order_keys.payment(order_id, 1))
    assert reauthorise(world, order_id) == "ORDER_MOVED"


def _capture_behind_our_back(world: World, payment_id: str) -> None:
    world.provider_table.update(
        {"PK": f"PAYMENT#{payment_id}"},
        "SET #status = :captured, captured = amount",
        names={"#status": "status"},
        values={":captured": PaymentStatus.CAPTURED},
    )
