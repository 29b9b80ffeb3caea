"""The rotation of the secret that signs cursors: the function, its permissions, and the schedule."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from stacks.access import ROTATE_CURSOR_SECRET
from stacks.data import DataStack
from stacks.function import OrderFunction

_DAYS = 30


def rotate_cursor_secret(data: DataStack) -> OrderFunction:
    """Adds the function and its schedule to the stack of the secret. Returns the function."""
    handler = OrderFunction(
        data,
        "scheduled/rotate_cursor_secret",
        data=data,
        access=ROTATE_CURSOR_SECRET,
        timeout=Duration.seconds(30),
    )
    permission = lambda_.CfnPermission(
        handler,
        "Rotation",
        action="lambda:InvokeFunction",
        function_name=handler.function_arn,
        principal="secretsmanager.amazonaws.com",
        # "Lambda rotation function execution role permissions for AWS Secrets Manager".
        source_account=data.account,
    )
    schedule = secretsmanager.CfnRotationSchedule(
        data,
        "CursorSecretRotation",
        secret_id=data.cursor_secret.ref,
        # The function and not its alias, because only the ARN of a function is documented ("RotateSecret",
        # AWS Secrets Manager API Reference).
        rotation_lambda_arn=handler.function_arn,
        rotation_rules=secretsmanager.CfnRotationSchedule.RotationRulesProperty(
            automatically_after_days=_DAYS
        ),
    )
    # Secrets Manager refuses a schedule for a function that it is not allowed to call.
    schedule.add_resource_dependency(permission)
    return handler
