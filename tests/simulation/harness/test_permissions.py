"""Least privilege: the steps' roles allow only what some scenario uses.

Every test checks that the steps use no other permission: see `tests.support.least_privilege`.
"""

from stacks.access import STEP_ACCESS
from tests.simulation.harness.conftest import OpenScenario
from tests.simulation.harness.scenarios import FULFILLED, OVERTAKEN, REFUSED_AT_CAPTURE, SCENARIOS
from tests.support.faults import ResponseLost, die, fail
from tests.support.injection_points import InjectionPoint, after_call
from tests.support.least_privilege import unused


def _authorised_again(point: InjectionPoint) -> bool:
    return point.step.state == "Authorise again" and after_call(to="payments.authorise")(point)


def test_no_step_has_a_permission_that_it_never_uses(open_scenario: OpenScenario) -> None:
    for scenario in (*SCENARIOS, *OVERTAKEN):
        open_scenario(scenario).drive_to_the_end()

    # Two runs that look up a payment at the provider, because its response was lost.
    lost = open_scenario(REFUSED_AT_CAPTURE)
    lost.saga.at(_authorised_again, fail(ResponseLost))
    lost.drive_to_the_end()
    cancelled = open_scenario(FULFILLED)
    cancelled.saga.at(after_call(to="payments.authorise"), die)
    cancelled.drive()
    cancelled.cancel()
    cancelled.drive_to_the_end()

    assert {handler: rest for handler in STEP_ACCESS if (rest := unused(handler))} == {}
