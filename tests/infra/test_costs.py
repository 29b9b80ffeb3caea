"""The costs of a stage are found by its tags, and its owner is thresholds if they exceed the budget."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from stacks.settings import STAGES, Budget
from tests.infra.switches import SWITCHES, turned
from tests.synth import LOCAL_ISSUER, Synthesised, synthesised_with

BUDGET = Budget(200, ("owner@example.com", "finance@example.com"))

EVERY = [
    *(("dev", switch) for switch in SWITCHES),
    ("staging", "as it is"),
    ("prod", "as it is"),
    ("local", "as it is"),
]


@cache
def _tag_property(resource_type: str) -> str | None:
    """The property that holds the tags of a resource of this type; None if the type has none."""
    if resource_type.startswith("Custom::"):
        return None
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema
    tagging = schema.get("tagging", {})
    if not tagging.get("taggable", schema.get("taggable", False)):
        return None
    name: str = tagging.get("tagProperty", "/properties/Tags").removeprefix("/properties/")
    return name if name in schema["properties"] else None


def _tags(value: Any) -> dict[str, str]:
    match value:
        case dict():
            return value
        case list():
            return {each["Key"]: each["Value"] for each in value}
    return {}


@pytest.mark.parametrize(("stage", "switch"), EVERY)
def test_everything_that_can_have_tags_has_the_stages_tags(stage: str, switch: str) -> None:
    untagged, tagged = [], 0
    for resource in turned(stage, switch).resources():
        if name := _tag_property(resource.type):
            tags = _tags(resource.properties.get(name))
            if {key: tags.get(key) for key in ("project", "stage")} != {"project": "orders", "stage": stage}:
                untagged.append(f"{resource.stack}/{resource.id} ({resource.type})")
            tagged += 1
    assert untagged == []
    assert tagged > 100


@pytest.fixture(scope="module")
def budgeted() -> Synthesised:
    """Stage dev with a budget."""
    return synthesised_with(replace(STAGES["dev"], budget=BUDGET))


def test_the_budget_counts_what_has_the_stages_tags(budgeted: Synthesised) -> None:
    budget = budgeted.one("AWS::Budgets::Budget", "monitoring").properties["Budget"]
    filters = [each["Tags"] for each in budget["FilterExpression"]["And"]]
    assert {each["Key"]: each["Values"] for each in filters} == {"project": ["orders"], "stage": ["dev"]}
    assert all(each["MatchOptions"] == ["EQUALS"] for each in filters)
    assert budget["BudgetLimit"] == {"Amount": 200, "Unit": "USD"}
    assert (budget["BudgetType"], budget["TimeUnit"]) == ("COST", "MONTHLY")


def test_a_filter_expression_comes_with_a_metric_and_without_cost_types(budgeted: Synthesised) -> None:
    """ "Either FilterExpression and Metrics or CostFilters and CostTypes" (CreateBudget, AWS Budgets API)."""
    budget = budgeted.one("AWS::Budgets::Budget").properties["Budget"]
    assert budget["Metrics"] == ["UnblendedCost"]
    assert not {"CostFilters", "CostTypes"} & budget.keys()


def test_each_receiver_is_told_before_at_and_ahead_of_the_limit(budgeted: Synthesised) -> None:
    notifications = budgeted.one("AWS::Budgets::Budget").properties["NotificationsWithSubscribers"]
    # "A budget can have up to five notifications" (CreateBudget, AWS Budgets API).
    assert len(notifications) <= 5
    thresholds = {
        (n["Notification"]["NotificationType"], n["Notification"]["Threshold"]) for n in notifications
    }
    assert thresholds == {("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)}
    for notification in notifications:
        assert [each["Address"] for each in notification["Subscribers"]] == list(BUDGET.receivers)
        assert {each["SubscriptionType"] for each in notification["Subscribers"]} == {"EMAIL"}


def test_a_budget_that_is_replaced_does_not_find_its_name_taken(budgeted: Synthesised) -> None:
    """A change of the receivers replaces it, and a name is unique in an account (AWS::Budgets::Budget)."""
    assert "BudgetName" not in budgeted.one("AWS::Budgets::Budget").properties["Budget"]


def test_a_stage_without_the_setting_has_no_budget(app: Synthesised) -> None:
    assert app.resources("AWS::Budgets::Budget") == []


def test_the_local_stage_leaves_a_budget_out() -> None:
    app = synthesised_with(replace(STAGES["local"], issuer=LOCAL_ISSUER, budget=BUDGET), checks=False)
    assert app.resources("AWS::Budgets::Budget") == []


def test_the_budget_breaks_no_rule(budgeted: Synthesised) -> None:
    assert budgeted.findings == []
