"""A deployment to an engine that evaluates IAM policies.

The engine is called without TLS. So the statements that refuse such requests are removed before the
deployment: those of queues, topics and buckets, and that of CDK's bucket for assets. Everything else is
evaluated as it is synthesised.
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


@contextmanager
def deployed_without_tls() -> Iterator[None]:
    """Within the block, deploy without the statements about TLS. Raises AssertionError if there are none."""
    deployed = deploy.deploy

    def deploy_without_tls(workspace: Workspace, endpoint: str, *more: Any) -> tuple[list[str], int]:
        boto3.client("s3", **connection(endpoint)).delete_bucket_policy(Bucket=_ASSETS)
        assert _remove_statements(workspace)
        return deployed(workspace, endpoint, *more)

    with patch.object(deploy, "deploy", deploy_without_tls):
        yield


def _remove_statements(workspace: Workspace) -> int:
    """Remove the statements from the synthesised templates; returns how many there were."""
    removed = 0
    for file in (workspace.assembly / f"assembly-{deploy.STAGE}").glob("*.template.json"):
        template = json.loads(file.read_bytes())
        for resource in template["Resources"].values():
            document = resource.get("Properties", {}).get("PolicyDocument")
            if isinstance(document, dict):
                kept = [each for each in document["Statement"] if _TLS not in json.dumps(each)]
                removed += len(document["Statement"]) - len(kept)
                document["Statement"] = kept
        file.write_text(json.dumps(template))
    return removed
