"""The guarantees hold in every state that one order can reach."""

from collections.abc import Iterator

import pytest

from lambdas.saga.load_order import MAX_LOADS
from ordering.domain.order import Reason, Status
from ordering.domain.step_outcome import StepOutcome
from tests.simulation.model.ends import Ends
from tests.simulation.model.event_log import format_events
from tests.simulation.model.guarantees import broken
from tests.simulation.model.routing import routing
from tests.simulation.model.search import Search
from tests.simulation.model.thread_modular_search import ThreadModularSearch, search_any_number

# The model does not need these: the order exists, and giving up is one way to die.
NOT_MODELLED = {("Load order", StepOutcome.NOT_FOUND), ("Load order", StepOutcome.TOO_MANY_RELOADS)}


@pytest.fixture(scope="module")
def two() -> Search:
    """Everything that two executions can reach."""
    search = Search()
    details = search.run(lambda shared: bool(broken(shared)))
    assert details is None, format_events(details or ())
    return search


@pytest.fixture(scope="module")
def any_number() -> ThreadModularSearch:
    """Everything that any number of executions can reach."""
    return search_any_number()


def test_two_executions_break_no_guarantee(two: Search) -> None:
    assert not [shared for shared in two.shared_states.known if broken(shared)]


def test_any_number_of_executions_break_no_guarantee(any_number: ThreadModularSearch) -> None:
    assert not any_number.broken()


def test_the_states_of_two_executions_are_among_those_of_any_number(
    two: Search, any_number: ThreadModularSearch
) -> None:
    assert set(two.shared_states.known) <= set(any_number.shared_states.known)


def test_every_undisturbed_order_ends(any_number: ThreadModularSearch) -> None:
    assert not Ends(any_number.shared_states.known).endless()


def test_an_undisturbed_order_ends_before_its_execution_gives_up(
    any_number: ThreadModularSearch,
) -> None:
    assert max(Ends(any_number.shared_states.known).loads().values()) < MAX_LOADS


def test_the_search_reaches_every_status(two: Search) -> None:
    assert {shared.order for shared in two.shared_states.known} == set(Status)


def test_the_search_reaches_every_reason(two: Search) -> None:
    all_details = [shared.details for shared in two.shared_states.known]
    reasons = {details.reason_to_reject or details.system_cancel_reason for details in all_details}
    assert reasons - {None} == set(Reason) - {Reason.CUSTOMER_REQUEST}


def test_the_search_enters_every_state_and_takes_every_row_of_every_choice(two: Search) -> None:
    assert set(_rows()) - two.effects.answered == NOT_MODELLED


def _rows() -> Iterator[tuple[str, str]]:
    """Yields (state, outcome) of each row of the Choice that follows a task."""
    for name, state in routing().states.items():
        choice = routing().states.get(state.get("Next", ""), {})
        if state["Type"] == "Task" and choice.get("Type") == "Choice":
            for rule in choice["Choices"]:
                yield name, rule["StringEquals"]
