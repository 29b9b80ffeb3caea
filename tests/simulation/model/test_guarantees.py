"""The promises hold in every state that one order can come to."""

from collections.abc import Iterator

import pytest

from lambdas.saga.load_order import MAX_LOADS
from ordering.domain.order import Reason, Status
from tests.simulation.model.ends import Ends
from tests.simulation.model.event_log import told
from tests.simulation.model.guarantees import broken
from tests.simulation.model.routing import routing
from tests.simulation.model.search import Search
from tests.simulation.model.thread_modular_search import Crowd, everybody

# No model of ours needs these: there is an order, and giving up is one way to die.
NOT_MODELLED = {("Load order", "NOT_FOUND"), ("Load order", "KEEPS_MOVING")}


@pytest.fixture(scope="module")
def two() -> Search:
    """Everything that two executions can come to."""
    search = Search()
    story = search.run(lambda shop: bool(broken(shop)))
    assert story is None, told(story or ())
    return search


@pytest.fixture(scope="module")
def crowd() -> Crowd:
    """Everything that any number of them may come to."""
    return everybody()


def test_two_executions_break_no_promise(two: Search) -> None:
    assert not [shop for shop in two.shops.known if broken(shop)]


def test_any_number_of_executions_break_no_promise(crowd: Crowd) -> None:
    assert not crowd.broken()


def test_whatever_two_can_come_to_any_number_may(two: Search, crowd: Crowd) -> None:
    assert set(two.shops.known) <= set(crowd.shops.known)


def test_every_order_surely_ends_once_it_is_left_in_peace(crowd: Crowd) -> None:
    assert not Ends(crowd.shops.known).endless()


def test_an_order_that_is_left_in_peace_ends_long_before_its_execution_gives_up(crowd: Crowd) -> None:
    assert max(Ends(crowd.shops.known).loads().values()) < MAX_LOADS


def test_the_search_comes_to_every_status(two: Search) -> None:
    assert {shop.order for shop in two.shops.known} == set(Status)


def test_the_search_comes_to_every_reason(two: Search) -> None:
    stories = [shop.story for shop in two.shops.known]
    reasons = {story.reason_to_reject or story.system_cancel_reason for story in stories}
    assert reasons - {None} == set(Reason) - {Reason.CUSTOMER_REQUEST}


def test_the_search_enters_every_state_and_takes_every_row_of_every_choice(two: Search) -> None:
    assert set(_rows()) - two.effects.answered == NOT_MODELLED


def _rows() -> Iterator[tuple[str, str]]:
    """(state, outcome): each row of the Choice behind each task."""
    for name, state in routing().states.items():
        choice = routing().states.get(state.get("Next", ""), {})
        if state["Type"] == "Task" and choice.get("Type") == "Choice":
            for rule in choice["Choices"]:
                yield name, rule["StringEquals"]
