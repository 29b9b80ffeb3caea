"""Gradual deployments: one in ten invocations runs a new version first, and alarms roll it back.

CloudFormation lets CodeDeploy move the alias `live` of a function ("UpdatePolicy attribute",
CodeDeployLambdaAliasUpdate). If an alarm is raised in the meantime, CodeDeploy moves the alias back, and
CloudFormation rolls the whole stack back.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import cast

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from stacks.acceptances import Checker
from stacks.alarms import FIVE_MINUTES, SilentAlarm
from stacks.function import LIVE, OrderFunction
from stacks.grants import allow
from stacks.nag import accept, suppress_nag
from stacks.stack import OrderStack
from stacks.wildcards import ALARM_STATES

# How many aliases are deployed at the same time. Each deployment reads and updates an alias, and Lambda
# accepts fifteen such requests a second from an account ("Lambda quotas", control plane API requests).
_AT_ONCE = 10

# As in the API's alarm, so that a few errors of a flaky provider do not stop a deployment.
_IGNORED_ERRORS = 5


class RollbackAlarm(SilentAlarm):
    """An alarm on the errors of the version that a gradual deployment tries. It notifies no one.

    The metric counts only invocations while the alias names two versions, and only those of the new one
    ("Viewing metrics for Lambda functions": ExecutedVersion). So errors of the old version do not stop the
    deployment that fixes them.
    """

    def __init__(self, function: OrderFunction) -> None:
        super().__init__(
            function,
            "Rollback",
            metric=cloudwatch.Metric(
                namespace="AWS/Lambda",
                metric_name="Errors",
                dimensions_map={
                    "FunctionName": function.function_name,
                    "Resource": f"{function.function_name}:{LIVE}",
                    "ExecutedVersion": function.current_version.version,
                },
                period=FIVE_MINUTES,
                statistic="Sum",
            ),
            threshold=_IGNORED_ERRORS,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=f"A new version of {function.node.id} fails: CodeDeploy rolls it back. "
            "docs/delivery.md",
        )


def deploy_gradually(
    stack: OrderStack, minutes: int, alarms: Sequence[cloudwatch.IAlarm], *, watch_errors: bool
) -> None:
    """Let CodeDeploy move the aliases of all functions of `stack`.

    If one of `alarms` is raised, all of them are rolled back. With `watch_errors`, a function is also rolled
    back by an alarm on its own errors, for functions whose callers retry: no other alarm would show the
    errors.
    """
    functions = [child for child in stack.node.children if isinstance(child, OrderFunction)]
    application = codedeploy.LambdaApplication(stack, "GradualDeployments")
    for function in functions:
        own = [RollbackAlarm(function)] if watch_errors else []
        codedeploy.LambdaDeploymentGroup(
            function,
            "Deployment",
            application=application,
            alias=function.live,
            deployment_config=getattr(
                codedeploy.LambdaDeploymentConfig, f"CANARY_10_PERCENT_{minutes}_MINUTES"
            ),
            # aws-cdk-lib would add a managed policy, for every function and bucket of the account.
            role=_role(stack, function).without_policy_updates(),
            alarms=[*alarms, *own],
            auto_rollback=codedeploy.AutoRollbackConfig(
                failed_deployment=True, stopped_deployment=True, deployment_in_alarm=True
            ),
        )
    for earlier, later in pairwise(_waves(functions)):
        for alias in later:
            for before in earlier:
                alias.add_resource_dependency(before)


def _waves(functions: Sequence[OrderFunction]) -> Iterator[list[lambda_.CfnAlias]]:
    for start in range(0, len(functions), _AT_ONCE):
        wave = functions[start : start + _AT_ONCE]
        yield [cast(lambda_.CfnAlias, function.live.node.default_child) for function in wave]


def _role(stack: OrderStack, function: OrderFunction) -> iam.Role:
    """Returns the role of CodeDeploy: it moves this alias and reads alarms, and nothing else.

    One role for all functions would be a circular dependency: an alias depends on its role, the role would
    depend on `drive_order`, which depends on the state machine, which depends on the aliases.
    """
    role = iam.Role(
        function,
        "DeploymentRole",
        # "Cross-service confused deputy prevention" (AWS CodeDeploy).
        assumed_by=iam.ServicePrincipal(
            "codedeploy.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": stack.account}}
        ),
        inline_policies={
            "Deployments": iam.PolicyDocument(
                statements=[
                    allow(["lambda:GetAlias", "lambda:UpdateAlias"], function.function_arn),
                    allow(
                        ["lambda:GetProvisionedConcurrencyConfig"],
                        # Not the alias's own ARN: CloudFormation makes the alias after this role.
                        f"{function.function_arn}:{LIVE}",
                    ),
                    allow(list(ALARM_STATES.actions), "*"),
                ]
            )
        },
    )
    suppress_nag(role, "AwsSolutions-IAM5[Resource::*]", ALARM_STATES.reason)
    accept(role, Checker.PARLIAMENT, "RESOURCE_STAR", ALARM_STATES.reason)
    return role
