"""The policies of every caller are evaluated in the end-to-end tests: what they do not allow is denied."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from console.engine_aws import REGION
from local.deployed_functions import deployed_functions
from tests.e2e.shop import Shop


def test_function_that_loses_its_policy_is_denied(shop: Shop) -> None:
    """Without this, an engine that evaluates nothing would pass all other tests."""
    sku = shop.product()
    assert shop.send("GET", f"/products/{sku}").status == 200
    with _without_policy(shop, "get_product"):
        assert shop.send("GET", f"/products/{sku}").status >= 500
    assert shop.send("GET", f"/products/{sku}").status == 200


def test_role_of_a_function_that_reads_may_not_write(shop: Shop) -> None:
    sts = boto3.client("sts", **shop.instance.aws)
    assumed = sts.assume_role(RoleArn=_role(shop, "get_product"), RoleSessionName="test")
    session = assumed["Credentials"]
    dynamodb = boto3.client(
        "dynamodb",
        endpoint_url=shop.instance.outputs["Endpoint"],
        region_name=REGION,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    with pytest.raises(ClientError, match="dynamodb:PutItem"):
        dynamodb.put_item(
            TableName=shop.instance.outputs["TableName"], Item={"PK": {"S": "A"}, "SK": {"S": "B"}}
        )


@contextmanager
def _without_policy(shop: Shop, handler: str) -> Iterator[None]:
    """Remove the inline policies of a function's role within the block."""
    iam: Any = boto3.client("iam", **shop.instance.aws)
    role = _role(shop, handler).rpartition("/")[2]
    policies = {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    }
    assert policies
    for name in policies:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        yield
    finally:
        for name, document in policies.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def _role(shop: Shop, handler: str) -> str:
    """Returns the ARN of the role of a function."""
    functions = deployed_functions(shop.instance.workspace, shop.instance.aws)
    (found,) = (each.name for each in functions if each.label == handler)
    client = boto3.client("lambda", **shop.instance.aws)
    role: str = client.get_function_configuration(FunctionName=found)["Role"]
    return role
