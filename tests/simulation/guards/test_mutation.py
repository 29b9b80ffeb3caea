"""The mutations themselves: what does not fit the code any more says so."""

import pytest

from ordering.repositories import keys
from tests.simulation.guards.mutation import Edit, OutOfDate, edited

ORDERS = Edit("ordering.repositories.keys", 'return f"ORDER#{order_id}"', 'return f"PURCHASE#{order_id}"')


def test_functions_run_by_the_edited_source_and_by_their_own_again() -> None:
    with edited(ORDERS):
        assert keys.order("1") == {"PK": "PURCHASE#1", "SK": "ORDER"}
    assert keys.order("1") == {"PK": "ORDER#1", "SK": "ORDER"}


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (Edit("ordering.repositories.ledger", "what no release has ever said", ""), "this 0 times"),
        (Edit("ordering.repositories.ledger", "except TransactionCancelled", ""), "and not once"),
        (Edit("ordering.repositories.ledger", "# The SDK's own retry", "# The retry"), "changes no function"),
        (Edit("ordering.domain.payment", "MAX_ATTEMPTS = 2", "MAX_ATTEMPTS = 3"), "changes no function"),
    ],
    ids=["what is not there", "what is there more than once", "a comment", "what is set up once"],
)
def test_an_edit_that_changes_nothing_that_is_done_is_out_of_date(edit: Edit, why: str) -> None:
    with pytest.raises(OutOfDate, match=why), edited(edit):
        pass


def test_of_several_edits_all_are_made_or_none() -> None:
    with pytest.raises(OutOfDate), edited(ORDERS, Edit("ordering.repositories.ledger", "never said", "")):
        pass
    assert keys.order("1")["PK"] == "ORDER#1"
