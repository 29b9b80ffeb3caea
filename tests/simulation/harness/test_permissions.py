"""Least privilege: what the steps' roles allow is what the steps ask for, over all scenarios.

That they ask for nothing else is seen to in every test: see `tests.support.least_privilege`.
"""

from stacks.access import STEP_ACCESS
from tests.simulation.harness.conftest import Stage
from tests.simulation.harness.scenarios import FULFILLED, OVERTAKEN, REFUSED_AT_CAPTURE, SCENARIOS
from tests.support.faults import AnswerLost, die, fail
from tests.support.injection_points import Moment, after_call
from tests.support.least_privilege import unused


def _authorised_again(moment: Moment) -> bool:
    return moment.step.state == "Authorise again" and after_call(to="payments.authorise")(moment)


def test_no_step_may_do_what_it_never_needs(stage: Stage) -> None:
    for scenario in (*SCENARIOS, *OVERTAKEN):
        stage(scenario).drive_to_the_end()

    # Two that ask the provider what became of a payment, since nobody here knows.
    lost = stage(REFUSED_AT_CAPTURE)
    lost.saga.at(_authorised_again, fail(AnswerLost))
    lost.drive_to_the_end()
    cancelled = stage(FULFILLED)
    cancelled.saga.at(after_call(to="payments.authorise"), die)
    cancelled.drive()
    cancelled.cancel()
    cancelled.drive_to_the_end()

    assert {handler: rest for handler in STEP_ACCESS if (rest := unused(handler))} == {}
