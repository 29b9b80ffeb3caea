"""An order with the engine's IAM evaluation on: the policies are enough, and they are evaluated.

With `EVALUATE_IAM=1`, other end-to-end tests run so too (docs/testing.md).
"""

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
from tests.e2e.instances import running_instance
from tests.e2e.shop import Shop


@pytest.fixture(scope="module")
def guarded() -> Iterator[Shop]:
    """A shop on an engine that evaluates the policies of every caller, as IAM does."""
    with running_instance("iam", evaluate_iam=True) as instance, Shop(instance) as shop:
        yield shop


def test_order_is_placed_driven_and_read_by_the_roles_of_the_functions(guarded: Shop) -> None:
    order = guarded.customer("alice").order(guarded.product())
    assert order.status == "FULFILLED", order
    guarded.check_guarantees()


def test_function_that_loses_its_policy_is_denied(guarded: Shop) -> None:
    """Without this, an engine that evaluates nothing would pass the test above."""
    sku = guarded.product()
    assert guarded.send("GET", f"/products/{sku}").status == 200
    with _without_policy(guarded, "get_product"):
        assert guarded.send("GET", f"/products/{sku}").status >= 500
    assert guarded.send("GET", f"/products/{sku}").status == 200


def test_role_of_a_function_that_reads_may_not_write(guarded: Shop) -> None:
    sts = boto3.client("sts", **guarded.instance.aws)
    assumed = sts.assume_role(RoleArn=_role(guarded, "get_product"), RoleSessionName="test")
    session = assumed["Credentials"]
    dynamodb = boto3.client(
        "dynamodb",
        endpoint_url=guarded.instance.outputs["Endpoint"],
        region_name=REGION,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    with pytest.raises(ClientError, match="dynamodb:PutItem"):
        dynamodb.put_item(
            TableName=guarded.instance.outputs["TableName"], Item={"PK": {"S": "A"}, "SK": {"S": "B"}}
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
