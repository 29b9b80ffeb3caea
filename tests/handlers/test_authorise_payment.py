"""Authorise payment: the total is held on the customer's account, once. Promise 3."""

from collections.abc import Callable

import pytest

from lambdas.saga import authorise_payment
from ordering.domain.order import OrderId
from ordering.domain.payment import Payment, PaymentStatus
from ordering.dynamodb.client import TransactionCancelled
from ordering.providers.faults import GatewayFault, GatewayTimeout, GatewayUnavailable
from ordering.providers.payments import PaymentAnswer
from ordering.providers.sandbox_payments import SandboxPayments
from ordering.repositories import keys
from tests.support.aws_calls import AwsCalls, contended
from tests.support.orders import an_order, cancel, cancel_to_the_end, overwrite, then_meanwhile
from tests.support.world import World


class Silent(SandboxPayments):
    """A provider that a question never reaches."""

    def authorise(self, payment_id: str) -> PaymentAnswer:
        raise GatewayTimeout


class Interrupting(SandboxPayments):
    """A provider during whose call something else happens."""

    def __init__(self, world: World, action: Callable[[], object]) -> None:
        super().__init__(world.books)
        self._action = action

    def authorise(self, payment_id: str) -> PaymentAnswer:
        answer = super().authorise(payment_id)
        self._action()
        return answer


def authorise(world: World, order_id: OrderId) -> str:
    return world.step("authorise_payment", order_id)


def payment_of(world: World, order_id: OrderId) -> Payment:
    payment = world.details(order_id).payment
    assert payment
    return payment


def page_of(world: World) -> dict[str, object]:
    """The one payment in the provider's books."""
    (page,) = [page for page in world.pages() if page["PK"].startswith("PAYMENT#")]
    return page


# -- fresh ---------------------------------------------------------------------------------------------


def test_a_payment_is_authorised(world: World) -> None:
    assert authorise(world, an_order(world, "reserved")) == "AUTHORISED"


def test_an_authorised_payment_is_in_our_ledger(world: World) -> None:
    order_id = an_order(world, "reserved")
    authorise(world, order_id)
    payment = payment_of(world, order_id)
    assert (payment.status, payment.attempt, payment.amount, payment.currency) == (
        "AUTHORISED",
        1,
        2500,
        "EUR",
    )


def test_our_ledger_has_the_providers_own_id(world: World) -> None:
    order_id = an_order(world, "reserved")
    authorise(world, order_id)
    assert page_of(world)["PK"] == f"PAYMENT#{payment_of(world, order_id).payment_id}"


def test_an_authorisation_takes_no_money(world: World) -> None:
    authorise(world, an_order(world, "reserved"))
    assert page_of(world)["captured"] == 0


def test_an_open_payment_is_in_the_index_of_what_is_due(world: World) -> None:
    order_id = an_order(world, "reserved")
    authorise(world, order_id)
    item = world.table.get(keys.payment(order_id, 1))
    assert item
    assert item["GSI2PK"].startswith("UNSETTLED#")


def test_authorising_does_not_move_the_order(world: World) -> None:
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
def test_a_declined_payment_is_an_outcome_with_its_reason(world: World, token: str, reason: str) -> None:
    order_id = an_order(world, "reserved", token=token)
    assert (authorise(world, order_id), payment_of(world, order_id).reason) == ("DECLINED", reason)


def test_a_declined_payment_is_no_longer_due(world: World) -> None:
    order_id = an_order(world, "authorised", token="tok_declined")
    item = world.table.get(keys.payment(order_id, 1))
    assert item
    assert "GSI2PK" not in item


# -- repeated, and after a fault -----------------------------------------------------------------------


@pytest.mark.parametrize(("token", "outcome"), [("tok_ok", "AUTHORISED"), ("tok_declined", "DECLINED")])
def test_a_repeat_answers_the_same(world: World, token: str, outcome: str) -> None:
    assert authorise(world, an_order(world, "authorised", token=token)) == outcome


@pytest.mark.parametrize("token", ["tok_ok", "tok_declined"])
def test_a_repeat_changes_nothing_anywhere(world: World, token: str) -> None:
    order_id = an_order(world, "authorised", token=token)
    before = world.items(), world.pages()
    authorise(world, order_id)
    assert (world.items(), world.pages()) == before


def test_an_answer_that_was_lost_is_asked_for(world: World) -> None:
    order_id = an_order(world, "reserved", token="tok_timeout")
    assert (authorise(world, order_id), page_of(world)["calls"]) == ("AUTHORISED", 1)


def test_a_question_that_was_lost_is_a_fault(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = an_order(world, "reserved")
    monkeypatch.setattr(authorise_payment, "gateway", Silent(world.books))
    with pytest.raises(GatewayTimeout):
        authorise(world, order_id)


def test_a_question_that_was_lost_is_asked_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = an_order(world, "reserved")
    with monkeypatch.context() as lost:
        lost.setattr(authorise_payment, "gateway", Silent(world.books))
        with pytest.raises(GatewayTimeout):
            authorise(world, order_id)
    assert (authorise(world, order_id), len(world.details(order_id).payments)) == ("AUTHORISED", 1)


def test_a_provider_that_is_not_available_is_a_fault(world: World) -> None:
    order_id = an_order(world, "reserved", token="tok_flaky")
    with pytest.raises(GatewayUnavailable):
        authorise(world, order_id)


def test_a_provider_that_comes_back_authorises_the_payment_it_prepared(world: World) -> None:
    order_id = an_order(world, "reserved", token="tok_flaky")
    for _ in range(2):
        with pytest.raises(GatewayFault):
            authorise(world, order_id)
    assert (authorise(world, order_id), page_of(world)["status"]) == ("AUTHORISED", "AUTHORISED")


def test_whoever_died_before_writing_the_id_down_gets_the_same_id_again(
    world: World, calls: AwsCalls
) -> None:
    order_id = an_order(world, "reserved")
    calls.next("TransactWriteItems", contended)
    with pytest.raises(TransactionCancelled):
        authorise(world, order_id)
    assert (authorise(world, order_id), page_of(world)["status"]) == ("AUTHORISED", "AUTHORISED")


def test_whoever_died_before_writing_the_answer_down_asks_again(world: World) -> None:
    order_id = an_order(world, "authorised")
    overwrite(world, keys.payment(order_id, 1), status=PaymentStatus.PREPARED)
    assert authorise(world, order_id) == "AUTHORISED"
    assert (payment_of(world, order_id).status, page_of(world)["status"]) == ("AUTHORISED", "AUTHORISED")


def test_of_two_at_once_both_go_on_with_one_payment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = an_order(world, "reserved")
    then_meanwhile(monkeypatch, lambda: authorise(world, order_id))
    assert (authorise(world, order_id), len(world.details(order_id).payments)) == ("AUTHORISED", 1)


def test_two_at_once_have_one_authorisation(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = an_order(world, "reserved")
    then_meanwhile(monkeypatch, lambda: authorise(world, order_id))
    authorise(world, order_id)
    assert len(world.pages()) == 1


# -- late ----------------------------------------------------------------------------------------------


def test_an_order_that_is_cancelled_meanwhile_is_not_charged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world, "reserved")
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    assert (authorise(world, order_id), page_of(world)["status"]) == ("ORDER_MOVED", "PREPARED")


def test_an_order_that_is_cancelled_meanwhile_gets_no_payment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world, "reserved")
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    authorise(world, order_id)
    assert world.details(order_id).payments == ()


def test_a_payment_that_was_voided_before_it_was_authorised_never_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world, "reserved")
    with monkeypatch.context() as lost:
        lost.setattr(authorise_payment, "gateway", Silent(world.books))
        with pytest.raises(GatewayTimeout):
            authorise(world, order_id)
    then_meanwhile(monkeypatch, lambda: cancel_to_the_end(world, order_id))
    assert authorise(world, order_id) == "ORDER_MOVED"
    assert (payment_of(world, order_id).status, page_of(world)["status"]) == ("VOIDED", "VOIDED")


def test_an_answer_that_comes_after_the_void_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world, "reserved")
    late = Interrupting(world, lambda: cancel_to_the_end(world, order_id))
    monkeypatch.setattr(authorise_payment, "gateway", late)
    assert authorise(world, order_id) == "ORDER_MOVED"
    assert (payment_of(world, order_id).status, page_of(world)["status"]) == ("VOIDED", "VOIDED")
