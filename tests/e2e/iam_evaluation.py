"""A deployment to an engine that evaluates IAM policies, in some points not as AWS does.

- The engine is called without TLS. So the statements that refuse such requests are removed before the
  deployment: those of queues, topics and buckets, and that of CDK's bucket for assets.
- It asks for actions of its own where messages are sent, deleted or put off in a batch. AWS knows only those
  of single messages ("Actions, resources, and condition keys for Amazon SQS", Service Authorization
  Reference). So each is granted wherever the other one is.
- It knows neither the key `ses:FromAddress` nor what a mail is sent from, and asks for the permission on
  everything. So the condition is removed, and sending is allowed on every resource.
- It asks for the permission on everything where several parameters are read in one call.
- `Ref` of a secret is its name there. On AWS it is its ARN ("AWS::SecretsManager::Secret", CloudFormation
  Template Reference), so the ARN is made of the name, with six characters that are not known.

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
_IN_BATCHES = {"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:SendMessage"}
_SENDER = "ses:FromAddress"
_PARAMETERS = {"ssm:GetParameters", "ssm:GetParametersByPath"}
_SECRETS = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:"


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
        actions = _listed(statement["Action"])
        statement["Action"] = [*actions, *(f"{each}Batch" for each in actions if each in _IN_BATCHES)]
        if any(action.startswith("secretsmanager:") for action in actions):
            statement["Resource"] = [_secret(each) for each in _listed(statement["Resource"])]
        if _PARAMETERS & set(actions):
            statement["Resource"] = "*"
        if _SENDER in json.dumps(statement.get("Condition")):
            del statement["Condition"]
            statement["Resource"] = "*"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _secret(resource: object) -> object:
    """Returns the ARN of a secret for the engine; a resource that is written as text is left as it is."""
    return resource if isinstance(resource, str) else {"Fn::Join": ["", [_SECRETS, resource, "-??????"]]}
