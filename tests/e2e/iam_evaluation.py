"""A deployment to an engine that evaluates IAM policies, which differs from AWS in two points.

- The engine is called without TLS. So the statements that refuse such requests are removed before the
  deployment: those of queues, topics and buckets, and that of CDK's bucket for assets.
- It requires an action of its own for a batch that changes the visibility of messages. AWS has only
  `sqs:ChangeMessageVisibility` ("Actions, resources, and condition keys for Amazon SQS", Service
  Authorization Reference). So the engine's action is granted wherever AWS's is.

Everything else is evaluated as it is synthesised.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import boto3

from console.engine_aws import ACCOUNT, REGION, connection
from console.workspace import Workspace
from local import deploy

_ASSETS = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
_TLS = "aws:SecureTransport"
_CHANGE = "sqs:ChangeMessageVisibility"


@contextmanager
def deployed_for_evaluation() -> Iterator[None]:
    """Within the block, deploy policies that fit the engine."""
    deployed = deploy.deploy

    def fit_and_deploy(workspace: Workspace, endpoint: str, *more: Any) -> tuple[list[str], int]:
        boto3.client("s3", **connection(endpoint)).delete_bucket_policy(Bucket=_ASSETS)
        for file in (workspace.assembly / f"assembly-{deploy.STAGE}").glob("*.template.json"):
            template = json.loads(file.read_bytes())
            for resource in template["Resources"].values():
                _fit(resource.get("Properties", {}).get("PolicyDocument"))
            file.write_text(json.dumps(template))
        return deployed(workspace, endpoint, *more)

    with patch.object(deploy, "deploy", fit_and_deploy):
        yield


def _fit(document: object) -> None:
    """Change a policy document in place; leave any other value unchanged."""
    if not isinstance(document, dict):
        return
    document["Statement"] = [each for each in document["Statement"] if _TLS not in json.dumps(each)]
    for statement in document["Statement"]:
        actions = statement["Action"]
        if _CHANGE in actions:
            listed = actions if isinstance(actions, list) else [actions]
            statement["Action"] = [*listed, f"{_CHANGE}Batch"]
