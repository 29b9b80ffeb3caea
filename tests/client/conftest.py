"""Fixtures of the client tests."""

import os

import boto3
import moto  # noqa: F401 (before a handler makes its client)
import pytest

from ordering.dead_letters import sources
from tests.client.shop import Shop
from tests.support.deployed_metrics import DeployedMetrics
from tests.support.deployed_queues import DeployedQueues
from tests.support.environment import IMAGES_BUCKET, REGION, WEBHOOK_KEY
from tests.support.world import World


@pytest.fixture
def shop(world: World, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop with ten red mugs, the key that signs cursors, a bucket of images, and empty queues."""
    boto3.client("s3").create_bucket(
        Bucket=IMAGES_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    if "CURSOR_SECRET_ARN" not in os.environ:
        secret = boto3.client("secretsmanager").create_secret(Name="cursors", SecretString="made up")
        monkeypatch.setenv("CURSOR_SECRET_ARN", secret["ARN"])
    key = boto3.client("secretsmanager").create_secret(Name="webhooks", SecretString=WEBHOOK_KEY)
    monkeypatch.setenv("WEBHOOK_KEY_ARN", key["ARN"])
    monkeypatch.setattr(sources, "WAIT_SECONDS", 0)
    DeployedQueues()
    DeployedMetrics()
    return Shop(world.stocked())
