"""Authorise again: after a capture refused for good, one more attempt from the start, and never two holds."""

import pytest

from lambdas.saga import reauthorise_payment
from ordering.domain.order import OrderId
from ordering.domain.payment import PaymentStatus
from ordering.dynamodb.client import TransactionCancelled
from ordering.providers.faults import GatewayUnavailable
from ordering.providers.payments import PaymentAnswer
from ordering.providers.sandbox_payments import SandboxPayments
from ordering.repositories import keys
from tests.support.aws_calls import AwsCalls, contended
from tests.support.orders import an_order, cancel, overwrite, then_meanwhile
from tests.support.world import World


class Away(SandboxPayments):
    """A provider that cannot be reached for a void."""

    def void(self, payment_id: str) -> PaymentAnswer:
        raise GatewayUnavailable


def reauthorise(world: World, order_id: OrderId) -> str:
    return world.step("reauthorise_payment", order_id)


def refused(world: World) -> OrderId:
    """A confirmed order whose capture was refused for good."""
    return an_order(world, "captured", token="tok_capture_refused")


def refused_twice(world: World) -> OrderId:
    """A confirmed order whose second capture was refused as well."""
    order_id = refused(world)
    reauthorise(world, order_id)
    world.step("capture_payment", order_id)
    return order_id


def ledger(world: World, order_id: OrderId) -> list[str]:
    return [payment.status for payment in world.details(order_id).payments]


def books(world: World) -> dict[str, str]:
    """The provider's word on each of our attempts, by the end of its key."""
    pages = [page for page in world.pages() if page["PK"].startswith("PAYMENT#")]
    return {page["key"][-2:]: page["status"] for page in pages}


# -- fresh ---------------------------------------------------------------------------------------------


def test_a_refused_capture_is_authorised_again(world: World) -> None:
    assert reauthorise(world, refused(world)) == "AUTHORISED"


def test_the_refused_attempt_is_voided_first(world: World) -> None:
    order_id = refused(world)
    reauthorise(world, order_id)
    assert (ledger(world, order_id), books(world)) == (
        ["VOIDED", "AUTHORISED"],
        {"/1": "VOIDED", "/2": "AUTHORISED"},
    )


def test_without_the_void_there_is_no_second_attempt(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = refused(world)
    monkeypatch.setattr(reauthorise_payment, "gateway", Away(world.books))
    with pytest.raises(GatewayUnavailable):
        reauthorise(world, order_id)
    assert books(world) == {"/1": "CAPTURE_REFUSED"}


def test_a_second_attempt_that_is_declined_is_an_outcome(world: World) -> None:
    order_id = refused(world)
    overwrite(world, keys.order(order_id), paymentToken="tok_declined")
    assert (reauthorise(world, order_id), ledger(world, order_id)) == ("DECLINED", ["VOIDED", "DECLINED"])


def test_money_that_came_after_all_needs_no_second_attempt(world: World) -> None:
    order_id = refused(world)
    (payment,) = world.details(order_id).payments
    _capture_behind_our_back(world, payment.payment_id)
    assert (reauthorise(world, order_id), ledger(world, order_id)) == ("CAPTURED", ["CAPTURED"])


# -- the attempts are spent ----------------------------------------------------------------------------


def test_there_is_no_third_attempt(world: World) -> None:
    order_id = refused_twice(world)
    assert reauthorise(world, order_id) == "CAPTURE_REFUSED"


def test_when_the_attempts_are_spent_nothing_is_written(world: World) -> None:
    order_id = refused_twice(world)
    before = world.items(), world.pages()
    reauthorise(world, order_id)
    assert (world.items(), world.pages()) == before


# -- repeated, and after a fault -----------------------------------------------------------------------


def test_a_repeat_answers_the_same_and_changes_nothing(world: World) -> None:
    order_id = refused(world)
    reauthorise(world, order_id)
    before = world.items(), world.pages()
    assert reauthorise(world, order_id) == "AUTHORISED"
    assert (world.items(), world.pages()) == before


def test_whoever_died_after_the_void_opens_the_second_attempt(world: World, calls: AwsCalls) -> None:
    order_id = refused(world)
    calls.next("TransactWriteItems", contended)
    with pytest.raises(TransactionCancelled):
        reauthorise(world, order_id)
    assert (reauthorise(world, order_id), ledger(world, order_id)) == ("AUTHORISED", ["VOIDED", "AUTHORISED"])


def test_whoever_died_before_the_second_authorisation_asks_for_it(world: World) -> None:
    order_id = refused(world)
    reauthorise(world, order_id)
    overwrite(world, keys.payment(order_id, 2), status=PaymentStatus.PREPARED)
    assert (reauthorise(world, order_id), ledger(world, order_id)) == ("AUTHORISED", ["VOIDED", "AUTHORISED"])


def test_of_two_at_once_both_go_on_with_one_second_attempt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = refused(world)
    then_meanwhile(monkeypatch, lambda: reauthorise(world, order_id))
    assert (reauthorise(world, order_id), ledger(world, order_id)) == ("AUTHORISED", ["VOIDED", "AUTHORISED"])


# -- late ----------------------------------------------------------------------------------------------


def test_an_order_that_is_cancelled_meanwhile_gets_no_second_attempt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = refused(world)
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    assert (reauthorise(world, order_id), ledger(world, order_id)) == ("ORDER_MOVED", ["VOIDED"])


def test_an_order_that_is_cancelled_meanwhile_has_no_second_hold(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = refused(world)
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    reauthorise(world, order_id)
    assert "AUTHORISED" not in books(world).values()


def test_an_order_that_nobody_tried_to_charge_is_not_charged_again(world: World) -> None:
    order_id = an_order(world, "confirmed")
    world.table.delete(keys.payment(order_id, 1))
    assert reauthorise(world, order_id) == "ORDER_MOVED"


def _capture_behind_our_back(world: World, payment_id: str) -> None:
    world.books.update(
        {"PK": f"PAYMENT#{payment_id}"},
        "SET #status = :captured, captured = amount",
        names={"#status": "status"},
        values={":captured": PaymentStatus.CAPTURED},
    )
