"""What becomes of what holds data, when its stack is deleted."""

from aws_cdk import RemovalPolicy

from stacks.settings import Settings


def removal_policy(settings: Settings) -> RemovalPolicy:
    """Retained where the settings protect data, deleted with the stack elsewhere."""
    return RemovalPolicy.RETAIN if settings.protected else RemovalPolicy.DESTROY
