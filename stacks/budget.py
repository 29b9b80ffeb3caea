"""The budget of a stage: AWS Budgets sends a mail if the stage costs more than its owner expects."""

from collections.abc import Iterator

from aws_cdk import aws_budgets as budgets
from constructs import Construct

from stacks.settings import Budget, Settings
from stacks.stack import cost_tags

# In percent of the budget. A forecast needs about five weeks of costs ("Best practices for AWS Budgets").
_THRESHOLDS = (("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))


def watch_spending(scope: Construct, budget: Budget, settings: Settings) -> None:
    """Add the budget of the stage's costs, which AWS finds by the stage's tags.

    CloudFormation chooses its name. With a fixed name, a change of its receivers would fail: it replaces the
    budget, and the name of the old one would still be taken.
    """
    budgets.CfnBudget(
        scope,
        "Budget",
        budget=budgets.CfnBudget.BudgetDataProperty(
            budget_type="COST",
            time_unit="MONTHLY",
            budget_limit=budgets.CfnBudget.SpendProperty(amount=budget.dollars_a_month, unit="USD"),
            filter_expression=budgets.CfnBudget.ExpressionProperty(and_=list(_filters(settings))),
            # With a filter expression, a metric is required instead of cost types ("CreateBudget", AWS
            # Budgets API).
            metrics=["UnblendedCost"],
        ),
        notifications_with_subscribers=[
            budgets.CfnBudget.NotificationWithSubscribersProperty(
                notification=budgets.CfnBudget.NotificationProperty(
                    notification_type=kind,
                    comparison_operator="GREATER_THAN",
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                ),
                subscribers=[
                    budgets.CfnBudget.SubscriberProperty(address=receiver, subscription_type="EMAIL")
                    for receiver in budget.receivers
                ],
            )
            for kind, percent in _THRESHOLDS
        ],
        resource_tags=[
            budgets.CfnBudget.ResourceTagProperty(key=key, value=value)
            for key, value in cost_tags(settings).items()
        ],
    )


def _filters(settings: Settings) -> Iterator[budgets.CfnBudget.ExpressionProperty]:
    for key, value in cost_tags(settings).items():
        yield budgets.CfnBudget.ExpressionProperty(
            tags=budgets.CfnBudget.TagValuesProperty(key=key, values=[value], match_options=["EQUALS"])
        )
