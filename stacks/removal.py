"""What becomes of what holds data, when its stack is deleted."""

from aws_cdk import RemovalPolicy

from stacks.settings import Settings


def removal_policy(settings: Settings) -> RemovalPolicy:
    """Retained where the settings protect data, deleted with the stack elsewhere.

    What a failed creation leaves behind is never retained: its name would be taken when the stack is created
    again ("DeletionPolicy attribute", RetainExceptOnCreate, AWS CloudFormation).
    """
    return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if settings.protected else RemovalPolicy.DESTROY
