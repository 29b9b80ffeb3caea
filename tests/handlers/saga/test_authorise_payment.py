"""Authorise payment: the total is held on the customer's account, once. Guarantee 3."""

from collections.abc import Callable

import pytest

from lambdas.saga import authorise_payment
from ordering.domain.order import OrderId
from ordering.domain.payment import Payment, PaymentStatus
from ordering.dynamodb.client import TransactionCancelled
from ordering.providers.faults import GatewayFault, GatewayTimeout, GatewayUnavailable
from ordering.providers.payments import PaymentAnswer
from ordering.providers.sandbox_payments import SandboxPayments
from ordering.repositories.keys import order_keys
from tests.support.aws_calls import CONFLICT_ATTEMPTS, AwsCalls, contended
from tests.support.orders import an_order, cancel, cancel_to_the_end, overwrite, then_meanwhile
from tests.support.world import World


class Silent(SandboxPayments):
    """A provider that no request reaches."""

    def authorise(self, payment_id: str) -> PaymentAnswer:
        raise GatewayTimeout


class Interrupting(SandboxPayments):
    """A provider during whose call something else happens."""

    def __init__(self, world: World, action: Callable[[], object]) -> None:
        super().__init__(world.provider_table)
        self._action = action

    def authorise(self, payment_id: str) -> PaymentAnswer:
        answer = super().authorise(payment_id)
        self._action()
        return answer


def authorise(world: World, order_id: OrderId) -> str:
    return world.step("authorise_payment", order_id)


def lose_the_request(world: World, order_id: OrderId) -> None:
    """Run the step, whose request does not reach the provider."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(authorise_payment, "gateway", Silent(world.provider_table))
        with pytest.raises(GatewayTimeout):
            authorise(world, order_id)


def payment_of(world: World, order_id: OrderId) -> Payment:
    payment = world.details(order_id).payment
    assert payment
    return payment


def provider_record(world: World) -> dict[str, object]:
    """Returns the provider's only payment."""
    (record,) = [record for record in world.provider_records() if record["PK"].startswith("PAYMENT#")]
    return record


# -- fresh ---------------------------------------------------------------------------------------------


def test_a_payment_is_authorised(world: World) -> None:
    assert authorise(world, an_order(world, "reserved")) == "AUTHORISED"


def test_authorised_payment_is_in_the_payment_ledger(world: World) -> None:
    order_id = an_order(world, "reserved")
    authorise(world, order_id)
    payment = payment_of(world, order_id)
    assert (payment.status, payment.attempt, payment.amount, payment.currency) == (
        "AUTHORISED",
        1,
        2500,
        "EUR",
    )


@pytest.mark.slow
def test_payment_ledger_holds_the_payment_id_of_the_provider(world: World) -> None:
    order_id = an_order(world, "reserved")
    authorise(world, order_id)
    assert provider_record(world)["PK"] == f"PAYMENT#{payment_of(world, order_id).payment_id}"


def test_an_authorisation_takes_no_money(world: World) -> None:
    authorise(world, an_order(world, "reserved"))
    assert provider_record(world)["captured"] == 0


def test_open_payment_is_in_the_index_of_due_items(world: World) -> None:
    order_id = an_order(world, "reserved")
    authorise(world, order_id)
    item = world.table.get(order_keys.payment(order_id, 1))
    assert item
    assert item["GSI2PK"].startswith("UNSETTLED#")


def test_authorising_a_payment_does_not_change_the_order_status(world: World) -> None:
    order_id = an_order(world, "reserved")
    before = world.details(order_id).order
    authorise(world, order_id)
    assert world.details(order_id).order == before


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("tok_declined", "card_declined"),
        ("tok_insufficient_funds", "insufficient_funds"),
        ("tok_nobody_knows", "unknown_token"),
    ],
)
def test_declined_payment_is_an_outcome_with_its_reason(world: World, token: str, reason: str) -> None:
    order_id = an_order(world, "reserved", token=token)
    assert (authorise(world, order_id), payment_of(world, order_id).reason) == ("DECLINED", reason)


def test_a_declined_payment_is_no_longer_due(world: World) -> None:
    order_id = an_order(world, "authorised", token="tok_declined")
    item = world.table.get(order_keys.payment(order_id, 1))
    assert item
    assert "GSI2PK" not in item


# -- repeated, and after a fault -----------------------------------------------------------------------


@pytest.mark.parametrize(("token", "outcome"), [("tok_ok", "AUTHORISED"), ("tok_declined", "DECLINED")])
def test_repeated_authorisation_returns_the_same_outcome(world: World, token: str, outcome: str) -> None:
    assert authorise(world, an_order(world, "authorised", token=token)) == outcome


@pytest.mark.parametrize("token", ["tok_ok", "tok_declined"])
def test_repeated_authorisation_changes_nothing(world: World, token: str) -> None:
    order_id = an_order(world, "authorised", token=token)
    before = world.items(), world.provider_records()
    authorise(world, order_id)
    assert (world.items(), world.provider_records()) == before


def test_lost_authorisation_response_is_read_from_the_provider(world: World) -> None:
    order_id = an_order(world, "reserved", token="tok_timeout")
    assert (authorise(world, order_id), provider_record(world)["calls"]) == ("AUTHORISED", 1)


def test_lost_authorisation_request_is_a_fault(world: World) -> None:
    lose_the_request(world, an_order(world, "reserved"))


def test_lost_authorisation_request_is_sent_again(world: World) -> None:
    order_id = an_order(world, "reserved")
    lose_the_request(world, order_id)
    assert (authorise(world, order_id), len(world.details(order_id).payments)) == ("AUTHORISED", 1)


def test_unavailable_payment_provider_is_a_fault(world: World) -> None:
    order_id = an_order(world, "reserved", token="tok_flaky")
    with pytest.raises(GatewayUnavailable):
        authorise(world, order_id)


def test_recovered_payment_provider_authorises_the_prepared_payment(world: World) -> None:
    order_id = an_order(world, "reserved", token="tok_flaky")
    for _ in range(2):
        with pytest.raises(GatewayFault):
            authorise(world, order_id)
    assert (authorise(world, order_id), provider_record(world)["status"]) == ("AUTHORISED", "AUTHORISED")


def test_payment_id_is_the_same_after_a_crash_before_it_was_recorded(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world, "reserved")
    calls.next("TransactWriteItems", contended, times=CONFLICT_ATTEMPTS)
    with pytest.raises(TransactionCancelled):
        authorise(world, order_id)
    assert (authorise(world, order_id), provider_record(world)["status"]) == ("AUTHORISED", "AUTHORISED")


def test_authorisation_is_retried_after_a_crash_before_it_was_recorded(world: World) -> None:
    order_id = an_order(world, "authorised")
    overwrite(world, order_keys.payment(order_id, 1), status=PaymentStatus.PREPARED)
    assert authorise(world, order_id) == "AUTHORISED"
    assert (payment_of(world, order_id).status, provider_record(world)["status"]) == (
        "AUTHORISED",
        "AUTHORISED",
    )


def test_two_concurrent_authorisations_continue_with_one_payment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world, "reserved")
    then_meanwhile(monkeypatch, lambda: authorise(world, order_id))
    assert (authorise(world, order_id), len(world.details(order_id).payments)) == ("AUTHORISED", 1)


def test_two_concurrent_authorisations_hold_the_total_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world, "reserved")
    then_meanwhile(monkeypatch, lambda: authorise(world, order_id))
    authorise(world, order_id)
    assert len(world.provider_records()) == 1


# -- late ----------------------------------------------------------------------------------------------


def test_order_cancelled_before_authorisation_is_not_charged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world, "reserved")
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    assert (authorise(world, order_id), provider_record(world)["status"]) == ("ORDER_MOVED", "PREPARED")


def test_order_cancelled_before_authorisation_gets_no_payment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world, "reserved")
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    authorise(world, order_id)
    assert world.details(order_id).payments == ()


def test_payment_voided_before_authorisation_is_never_authorised(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world, "reserved")
    lose_the_request(world, order_id)
    then_meanwhile(monkeypatch, lambda: cancel_to_the_end(world, order_id))
    assert authorise(world, order_id) == "ORDER_MOVED"
    assert (payment_of(world, order_id).status, provider_record(world)["status"]) == ("VOIDED", "VOIDED")


def test_authorisation_response_after_the_void_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world, "reserved")
    late = Interrupting(world, lambda: cancel_to_the_end(world, order_id))
    monkeypatch.setattr(authorise_payment, "gateway", late)
    assert authorise(world, order_id) == "ORDER_MOVED"
    assert (payment_of(world, order_id).status, provider_record(world)["status"]) == ("VOIDED", "VOIDED")
