"""What an order costs in stage prod: the page in the docs, and the budget."""

import pytest

from tests.synth import synthesised, synthesised_state_machine
from tools.costs import names, page
from tools.costs.alternatives import workflows
from tools.costs.bill import Service, by_service, by_step, lines, total
from tools.costs.counts import Unit, committed
from tools.costs.deployment import Deployment
from tools.costs.names import LINES
from tools.costs.prices import usd
from tools.costs.workflow_costs import visited

# Dollars for a million orders. Raise one only for a reason that is worth its price.
BUDGET = {
    names.fulfilled(1, at_once=True): 58.6,
    names.fulfilled(1): 69.1,
    names.fulfilled(10, at_once=True): 96.2,
    names.OUT_OF_STOCK: 40.4,
    names.READ: 2.65,
}


@pytest.fixture(scope="module")
def prod() -> Deployment:
    """Stage prod."""
    return Deployment.of(resource.body for resource in synthesised("prod").resources())


@pytest.mark.parametrize("journey", BUDGET)
def test_million_orders_cost_no_more_than_the_budget(prod: Deployment, journey: str) -> None:
    assert total(prod.journeys(committed())[journey], prod) <= BUDGET[journey]


def test_stage_without_webhooks_pays_for_no_step_of_them(prod: Deployment) -> None:
    dev = Deployment.of(resource.body for resource in synthesised("dev").resources())
    counted = committed()[names.fulfilled(1)]
    with_partners, without = (each.journeys({"one": counted})["one"] for each in (dev, prod))
    of_webhooks = {"fan_out_webhooks", names.queue_of("fan_out_webhooks")}
    assert counted.steps.keys() - without.steps.keys() == of_webhooks
    assert with_partners == counted
    assert total(with_partners, prod) - total(without, prod) > 6.5


def test_page_about_costs_is_up_to_date(prod: Deployment) -> None:
    assert page.current() == page.generated(prod).strip()


def test_bills_by_service_and_by_step_have_the_same_sum(prod: Deployment) -> None:
    for journey in prod.journeys(committed()).values():
        whole = total(journey, prod)
        for bill in (by_service(lines(journey, prod)), by_step(lines(journey, prod))):
            assert sum(bill.values()) == pytest.approx(whole)


def test_fulfilled_order_enters_the_states_that_the_definition_has_on_its_way() -> None:
    states = list(visited(synthesised_state_machine("prod").definition))
    for lines_of_order in LINES:
        journey = committed()[names.fulfilled(lines_of_order)]
        assert journey.total(Unit.TRANSITIONS) == len(states)


def test_standard_workflow_costs_its_transitions_and_no_driver(prod: Deployment) -> None:
    journey = committed()[names.fulfilled(1)]
    express, standard, _ = workflows(journey, prod)
    assert standard.alone == pytest.approx(1e6 * 15 * usd("transition"))
    assert standard.all - standard.alone == pytest.approx(express.all - express.alone)


def test_stage_that_logs_execution_data_pays_for_it(prod: Deployment) -> None:
    dev = Deployment.of(resource.body for resource in synthesised("dev").resources())
    journey = committed()[names.fulfilled(1)]
    costs = [by_service(lines(journey, each)).get(Service.EXECUTION_LOG, 0.0) for each in (dev, prod)]
    assert costs[0] > costs[1]


def test_function_that_the_stage_leaves_out_has_the_memory_of_most(prod: Deployment) -> None:
    assert "notify_customer" not in prod.memory
    assert prod.memory_of("notify_customer") == prod.memory_of("place_order")
