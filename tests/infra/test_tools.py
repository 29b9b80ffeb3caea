"""The tools describe the synthesised app correctly."""

import pytest

from stacks.settings import STAGES
from tests.infra.alarms import watched
from tests.infra.switches import turned
from tests.synth import PROJECT, Synthesised, synthesised, synthesised_state_machine
from tools.costs.idle_costs import UnknownType, bill, idle_costs
from tools.costs.scheduled_costs import minutes_between, scheduled_metrics
from tools.pictures.saga_diagram import page


def test_the_sagas_picture_is_drawn_from_the_definition_that_is_deployed() -> None:
    drawn = (PROJECT / "docs" / "saga.md").read_text()
    remedy = "make synth && .venv/bin/python -m tools.pictures.saga_diagram"
    assert drawn == page(synthesised_state_machine().definition), remedy


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "local"])
def test_the_idle_cost_of_every_resource_is_known(stage: str) -> None:
    costs = idle_costs(resource.body for resource in synthesised(stage).resources())
    clients = len(STAGES[stage].machine_clients) + bool(STAGES[stage].canary)
    assert costs["an app client for machines"] == (clients, 6.00 * clients)
    assert 5 < sum(dollars for _, dollars in costs.values()) < 45


def test_readme_shows_the_present_idle_cost_of_prod() -> None:
    resources = (resource.body for resource in synthesised("prod").resources())
    assert bill("prod", resources) in (PROJECT / "README.md").read_text(), "make costs STAGE=prod"


def test_resource_of_unknown_cost_is_an_error() -> None:
    with pytest.raises(UnknownType, match="AWS::EC2::NatGateway"):
        idle_costs(iter([{"Type": "AWS::EC2::NatGateway"}]))


def test_scheduled_functions_are_billed_all_the_time(dev: Synthesised) -> None:
    """Its runs, and its metrics: each has a point in every hour, and costs its whole price."""
    costs = idle_costs(r.body for r in dev.resources("AWS::Scheduler::Schedule"))
    _, runs = costs["a schedule's runs: calls, time, reads, log and trace"]
    _, metrics = costs["the metrics that the scheduled function writes"]
    assert 0.1 < runs < 1
    written = scheduled_metrics("reconcile_orders")
    assert metrics == pytest.approx(0.30 * len(written))
    assert {"ParkedOrders", "OldestOpenOrder", "PaymentsNotSettled"} <= written


def test_a_canary_costs_about_ten_dollars_a_month_with_its_client() -> None:
    with_it, without = (
        sum(dollars for _, dollars in idle_costs(r.body for r in turned("dev", name).resources()).values())
        for name in ("canary", "as it is")
    )
    assert 8 < with_it - without < 12
    assert scheduled_metrics("place_canary_order") == {"CanaryOrdersFailed", "CanaryOrderTime"}


@pytest.mark.parametrize(
    ("expression", "minutes"),
    [("rate(1 minute)", 1), ("rate(2 hours)", 120), ("cron(1/5 * * * ? *)", 5), ("cron(0 6 * * ? *)", 1440)],
)
def test_minutes_between_runs_are_read_from_the_schedule(expression: str, minutes: float) -> None:
    assert minutes_between(expression) == minutes


def test_schedule_that_is_not_a_rate_is_an_error() -> None:
    with pytest.raises(ValueError, match="cron"):
        minutes_between("cron(0 3 ? * MON *)")


def test_a_secrets_rotation_costs_less_than_a_cent(dev: Synthesised) -> None:
    costs = idle_costs(r.body for r in dev.resources("AWS::SecretsManager::RotationSchedule"))
    count, dollars = costs["a secret's rotations: calls, time, log and trace"]
    assert count == 1
    assert 0 < dollars < 0.01


def test_an_alarm_is_billed_for_each_of_its_metrics(dev: Synthesised) -> None:
    found = dev.resources("AWS::CloudWatch::Alarm")
    costs = idle_costs(r.body for r in found)
    count, dollars = costs["an alarm, for each metric that it watches"]
    assert count == len(found)
    assert dollars == pytest.approx(0.10 * sum(map(len, watched(dev).values())))


def test_what_is_measured_of_each_waiting_order_costs_nothing_while_none_waits() -> None:
    assert "AgeOfOpenOrder" not in scheduled_metrics("reconcile_orders")
    assert "OpenOrdersOverdue" in scheduled_metrics("reconcile_orders")
