"""Void or refund payment: held money is voided and captured money refunded, once. Guarantee 3."""

from collections.abc import Callable

import pytest

from lambdas.saga import void_or_refund_payment
from ordering.domain.order import OrderId, Status
from ordering.domain.payment import PaymentStatus
from ordering.providers.faults import GatewayUnavailable
from ordering.providers.payments import PaymentAnswer
from ordering.providers.sandbox_payments import SandboxPayments
from ordering.repositories.keys import order_keys
from tests.handlers.saga.compensating import records, turned_back
from tests.support.orders import an_order, follow, overwrite, then_meanwhile
from tests.support.world import World


class Interrupting(SandboxPayments):
    """A provider during whose call something else happens."""

    def __init__(self, world: World, operation: str, action: Callable[[str], object]) -> None:
        super().__init__(world.provider_table)
        self._operation, self._action = operation, action

    def find(self, payment_id: str) -> PaymentAnswer:
        answer = super().find(payment_id)
        if self._operation == "find":
            self._action(payment_id)
        return answer


class Forbidden(SandboxPayments):
    """A provider that must not be called."""

    def void(self, payment_id: str) -> PaymentAnswer:
        raise AssertionError("void")

    def refund(self, payment_id: str) -> PaymentAnswer:
        raise AssertionError("refund")

    def find(self, payment_id: str) -> PaymentAnswer:
        raise AssertionError("find")


class ProviderAway(SandboxPayments):
    """A provider that cannot be reached."""

    def void(self, payment_id: str) -> PaymentAnswer:
        raise GatewayUnavailable


def void_or_refund(world: World, order_id: OrderId) -> str:
    return world.step("void_or_refund_payment", order_id)


def ledger_of_payments(world: World, order_id: OrderId) -> list[str]:
    return [payment.status for payment in world.details(order_id).payments]


def money(world: World) -> tuple[str, int, int]:
    (record,) = records(world, "PAYMENT#")
    return record["status"], record["captured"], record["refunded"]


@pytest.mark.parametrize(
    ("point", "token", "settled"),
    [
        ("authorised", "tok_ok", ("VOIDED", 0, 0)),
        ("confirmed", "tok_ok", ("VOIDED", 0, 0)),
        ("captured", "tok_ok", ("REFUNDED", 2500, 2500)),
        ("captured", "tok_capture_refused", ("VOIDED", 0, 0)),
        ("authorised", "tok_declined", ("DECLINED", 0, 0)),
    ],
)
def test_customer_gets_back_every_held_or_captured_amount(
    world: World, point: str, token: str, settled: tuple[str, int, int]
) -> None:
    order_id = turned_back(world, point, token=token)
    assert void_or_refund(world, order_id) == "SETTLED"
    assert (money(world), ledger_of_payments(world, order_id)) == (settled, [settled[0]])


@pytest.mark.parametrize(("point", "token"), [("authorised", "tok_ok"), ("captured", "tok_ok")])
def test_a_settled_payment_is_no_longer_due(world: World, point: str, token: str) -> None:
    order_id = turned_back(world, point, token=token)
    void_or_refund(world, order_id)
    item = world.table.get(order_keys.payment(order_id, 1))
    assert item
    assert not item.keys() & {"GSI2PK", "GSI2SK"}


# The status at the provider when a step died, and the earlier one in our ledger: PREPARED or AUTHORISED.
BEHIND = [
    ("reserved", "tok_ok", None),
    ("authorised", "tok_ok", PaymentStatus.PREPARED),
    ("authorised", "tok_declined", PaymentStatus.PREPARED),
    ("captured", "tok_ok", PaymentStatus.PREPARED),
    ("captured", "tok_ok", PaymentStatus.AUTHORISED),
    ("captured", "tok_ok", PaymentStatus.CAPTURE_REFUSED),
    ("captured", "tok_capture_refused", PaymentStatus.PREPARED),
    ("captured", "tok_capture_refused", PaymentStatus.AUTHORISED),
]


def compensate_behind(world: World, point: str, token: str, noted: PaymentStatus | None) -> OrderId:
    """Compensate an order whose ledger has an earlier payment status than the provider's records."""
    order_id = turned_back(world, point, token=token)
    if noted:
        overwrite(world, order_keys.payment(order_id, 1), status=noted)
    void_or_refund(world, order_id)
    return order_id


@pytest.mark.parametrize(("point", "token", "noted"), BEHIND)
def test_money_is_given_back_when_the_ledger_is_behind_the_provider(
    world: World, point: str, token: str, noted: PaymentStatus | None
) -> None:
    compensate_behind(world, point, token, noted)
    owed = [record["captured"] - record["refunded"] for record in records(world, "PAYMENT#")]
    held = [record for record in records(world, "PAYMENT#") if record["status"] == "AUTHORISED"]
    assert (sum(owed), held) == (0, [])


@pytest.mark.parametrize(("point", "token", "noted"), BEHIND)
def test_ledger_that_is_behind_the_provider_is_brought_up_to_date(
    world: World, point: str, token: str, noted: PaymentStatus | None
) -> None:
    order_id = compensate_behind(world, point, token, noted)
    assert ledger_of_payments(world, order_id) == [record["status"] for record in records(world, "PAYMENT#")]


def test_prepared_payment_cannot_be_authorised_after_the_void(world: World) -> None:
    order_id = turned_back(world, "authorised")
    (payment,) = world.details(order_id).payments
    overwrite(world, order_keys.payment(order_id, 1), status=PaymentStatus.PREPARED)
    _provider_forgets_the_authorisation(world, payment.payment_id)
    void_or_refund(world, order_id)
    assert SandboxPayments(world.provider_table).authorise(payment.payment_id).status == "VOIDED"


def test_money_captured_while_the_provider_is_queried_is_refunded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = turned_back(world, "authorised")
    overwrite(world, order_keys.payment(order_id, 1), status=PaymentStatus.PREPARED)
    capture = SandboxPayments(world.provider_table).capture
    monkeypatch.setattr(void_or_refund_payment, "gateway", Interrupting(world, "find", capture))
    void_or_refund(world, order_id)
    assert (money(world), ledger_of_payments(world, order_id)) == (("REFUNDED", 2500, 2500), ["REFUNDED"])


def test_every_payment_attempt_is_settled(world: World) -> None:
    order_id = an_order(world, "captured", token="tok_capture_refused")
    follow(world, order_id, "reauthorise_payment")
    overwrite(world, order_keys.payment(order_id, 1), status=PaymentStatus.CAPTURE_REFUSED)
    overwrite(world, order_keys.order(order_id), status=Status.CANCELLING)
    void_or_refund(world, order_id)
    assert ledger_of_payments(world, order_id) == ["VOIDED", "VOIDED"]


def test_order_without_a_payment_has_nothing_to_refund(world: World) -> None:
    order_id = turned_back(world, "reserved")
    assert (void_or_refund(world, order_id), world.provider_records()) == ("SETTLED", [])


@pytest.mark.parametrize("point", ["authorised", "captured"])
def test_money_is_refunded_once(world: World, point: str) -> None:
    order_id = turned_back(world, point)
    void_or_refund(world, order_id)
    before = world.items(), world.provider_records()
    assert void_or_refund(world, order_id) == "SETTLED"
    assert (world.items(), world.provider_records()) == before


def test_provider_is_not_called_for_a_settled_payment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = turned_back(world, "captured")
    void_or_refund(world, order_id)
    monkeypatch.setattr(void_or_refund_payment, "gateway", Forbidden(world.provider_table))
    assert void_or_refund(world, order_id) == "SETTLED"


def test_two_concurrent_refunds_pay_the_customer_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = turned_back(world, "captured")
    then_meanwhile(monkeypatch, lambda: void_or_refund(world, order_id))
    assert (void_or_refund(world, order_id), money(world)) == ("SETTLED", ("REFUNDED", 2500, 2500))


def test_unreachable_payment_provider_is_a_fault(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = turned_back(world, "authorised")
    monkeypatch.setattr(void_or_refund_payment, "gateway", ProviderAway(world.provider_table))
    with pytest.raises(GatewayUnavailable):
        void_or_refund(world, order_id)
    assert ledger_of_payments(world, order_id) == ["AUTHORISED"]


def _provider_forgets_the_authorisation(world: World, payment_id: str) -> None:
    world.provider_table.update(
        {"PK": f"PAYMENT#{payment_id}"},
        "SET #status = :prepared",
        names={"#status": "status"},
        values={":prepared": PaymentStatus.PREPARED},
    )
