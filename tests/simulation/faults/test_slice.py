"""A quick slice of `make faults`: every call of a few journeys fails, each in one way."""

from itertools import cycle

import pytest

from ordering.domain.languages import Language
from ordering.domain.mail_texts import TEXTS
from tests.simulation.faults.journeys import JOURNEYS, journeys_of_others
from tests.simulation.faults.kinds import BY_NAME
from tests.simulation.faults.trial import BY_SLUG, Case, Injection, Verdict, perform
from tests.support import mail_invariants
from tests.support.backend import Backend
from tests.support.written_consumers import written_consumers


@pytest.mark.parametrize("slug", BY_SLUG)
def test_an_undisturbed_journey_breaks_no_guarantee(slug: str, shop: Backend) -> None:
    assert perform(Case(slug), shop).violations == ()


@pytest.mark.parametrize("consumer", [each.name for each in written_consumers()])
def test_every_consumer_has_a_journey_also_one_that_is_new(consumer: str, shop: Backend) -> None:
    assert any(consumer in journey.all_consumers for journey in JOURNEYS)
    (journey,) = journeys_of_others([consumer], ())
    journey.begin(shop)
    journey.go(shop)
    assert list(journey.violations(shop)) == []
    assert any(call.step.state == consumer for call in shop.calls.made)


@pytest.mark.parametrize("slug", [slug for slug in BY_SLUG if BY_SLUG[slug].expected_mail])
def test_an_undisturbed_customer_gets_each_mail_once(slug: str, shop: Backend) -> None:
    perform(Case(slug), shop)
    assert (
        tuple(mail_invariants.SUBJECTS[mail.subject] for mail in shop.mailbox.sent)
        == BY_SLUG[slug].expected_mail
    )


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("webhooks-of-an-order-fulfilled", ["OrderConfirmed", "OrderFulfilled"]),
        ("webhooks-of-an-order-rejected", ["OrderPlaced", "OrderRejected"]),
        ("webhooks-to-a-receiver-that-fails-twice", 3 * ["OrderPlaced"] + ["OrderRejected"]),
        ("webhooks-to-a-receiver-that-is-gone", ["OrderPlaced"]),
    ],
)
def test_an_undisturbed_partner_gets_each_webhook_in_order(
    slug: str, expected: list[str], shop: Backend
) -> None:
    """Guarantee 5: at least once, and in the order of the sequence where the receiver acknowledges."""
    perform(Case(slug), shop)
    assert [webhook.data["type"] for webhook in shop.receiver.received] == expected


def test_an_undisturbed_partner_gets_one_mail_that_their_endpoint_is_disabled(shop: Backend) -> None:
    perform(Case("webhooks-to-a-receiver-that-is-gone"), shop)
    subject = TEXTS[Language.DE].webhook_disabled_subject
    assert [mail.subject for mail in shop.mailbox.sent].count(subject) == 1


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("packed-by-a-warehouse", [[("MUG-RED", 2), ("BOWL-BLUE", 3)]]),
        ("packed-by-no-warehouse-as-it-was-cancelled", []),
    ],
)
def test_an_undisturbed_warehouse_gets_one_pick_list_of_a_fulfilled_order(
    slug: str, expected: list[list[tuple[str, int]]], shop: Backend
) -> None:
    perform(Case(slug), shop)
    lines = [
        [(line["sku"], line["quantity"]) for line in each.body["lines"]] for each in shop.pick_lists.sent
    ]
    assert lines == expected


@pytest.mark.parametrize(
    "slug",
    [
        "fulfilled",
        "cancelled-with-the-money-taken",
        "notified-of-an-order-fulfilled",
        "refunded-after-it-was-fulfilled",
        "webhooks-to-a-receiver-that-fails-twice",
    ],
)
def test_a_failure_of_any_call_breaks_no_guarantee(slug: str, shop: Backend) -> None:
    kinds = cycle(BY_NAME)
    for made in perform(Case(slug), shop).made:
        kind = next(kind for kind in kinds if kind in made.kinds)
        verdict = perform(Case(slug, (Injection(made.place, kind),)), shop)
        assert verdict.is_good, _describe(verdict)


@pytest.mark.parametrize(
    "text",
    [
        # Two processes are lost, and a message is redelivered twice.
        "fulfilled:5=times-out,13=dies",
        # The refund fails until the execution fails, and then the second execution is lost.
        "cancelled-with-the-money-taken:29=keeps-failing,40=times-out",
        # The sweep dies after it has claimed the order.
        "message-lost:21=dies,40=lost-on",
    ],
)
def test_two_faults_break_no_guarantee(text: str, shop: Backend) -> None:
    verdict = perform(Case.parse(text), shop)
    assert verdict.is_good, _describe(verdict)


def test_journeys_have_unique_names_without_special_characters() -> None:
    assert len(BY_SLUG) == len(JOURNEYS)
    assert all(slug.replace("-", "").isalpha() for slug in BY_SLUG)


def _describe(verdict: Verdict) -> str:
    return f"make faults CASE={verdict.case}: {verdict.violations} {verdict.unfired}"
