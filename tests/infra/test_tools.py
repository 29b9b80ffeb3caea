"""What the tools say of the synthesised app is true of it."""

import pytest

from stacks.settings import STAGES
from tests.synth import PROJECT, Synthesised, synthesised, synthesised_state_machine
from tools.idle_costs import UnknownType, idle_costs
from tools.saga_diagram import page


def test_the_sagas_picture_is_drawn_from_the_definition_that_is_deployed() -> None:
    drawn = (PROJECT / "docs" / "saga.md").read_text()
    assert drawn == page(synthesised_state_machine().definition), "make synth && python -m tools.saga_diagram"


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "local"])
def test_the_idle_cost_of_every_resource_is_known(stage: str) -> None:
    costs = idle_costs(resource.body for resource in synthesised(stage).resources())
    assert costs["an app client for machines"] == (1, 6.00)
    assert 5 < sum(dollars for _, dollars in costs.values()) < 15


def test_a_resource_that_nobody_looked_up_is_no_free_one() -> None:
    with pytest.raises(UnknownType, match="AWS::EC2::NatGateway"):
        idle_costs(iter([{"Type": "AWS::EC2::NatGateway"}]))


def test_an_alarm_is_billed_for_each_of_its_metrics(dev: Synthesised) -> None:
    (count, dollars) = idle_costs(r.body for r in dev.resources("AWS::CloudWatch::Alarm"))[
        "an alarm, for each metric that it watches"
    ]
    assert dollars == pytest.approx(0.10 * (count + 3))
