"""A slice of `make faults` that is quick: every call of a few journeys fails, each in one way."""

from itertools import cycle

import pytest

from tests.simulation.faults.journeys import JOURNEYS
from tests.simulation.faults.kinds import BY_NAME
from tests.simulation.faults.trial import BY_SLUG, Blow, Case, Verdict, perform
from tests.support import mail_invariants
from tests.support.backend import Backend


@pytest.mark.parametrize("slug", BY_SLUG)
def test_a_journey_that_nothing_disturbs_comes_to_its_end(slug: str, shop: Backend) -> None:
    assert perform(Case(slug), shop).violations == ()


@pytest.mark.parametrize("slug", [slug for slug in BY_SLUG if BY_SLUG[slug].told])
def test_a_customer_whom_nothing_disturbs_is_told_each_thing_once(slug: str, shop: Backend) -> None:
    perform(Case(slug), shop)
    assert tuple(mail_invariants.SUBJECTS[mail.subject] for mail in shop.post.sent) == BY_SLUG[slug].told


@pytest.mark.parametrize(
    "slug", ["fulfilled", "cancelled-with-the-money-taken", "told-of-an-order-fulfilled"]
)
def test_whatever_call_fails_every_promise_is_kept(slug: str, shop: Backend) -> None:
    turns = cycle(BY_NAME)
    for made in perform(Case(slug), shop).made:
        kind = next(kind for kind in turns if kind in made.kinds)
        verdict = perform(Case(slug, (Blow(made.place, kind),)), shop)
        assert verdict.is_good, _said(verdict)


@pytest.mark.parametrize(
    "text",
    [
        # Two processes lost, and a message that comes back twice.
        "fulfilled:5=times-out,13=dies",
        # The refund fails for good, and then the second execution is lost.
        "cancelled-with-the-money-taken:29=keeps-failing,40=times-out",
        # The sweep dies after it has claimed the order.
        "message-lost:21=dies,40=lost-on",
    ],
)
def test_two_faults_are_survived_as_well(text: str, shop: Backend) -> None:
    verdict = perform(Case.parse(text), shop)
    assert verdict.is_good, _said(verdict)


def test_every_name_of_a_journey_is_one_word() -> None:
    assert len(BY_SLUG) == len(JOURNEYS)
    assert all(slug.replace("-", "").isalpha() for slug in BY_SLUG)


def _said(verdict: Verdict) -> str:
    return f"make faults CASE={verdict.case}: {verdict.violations} {verdict.unfired}"
