"""Applies settings that the engine's CloudFormation ignores, through the public APIs after a deployment.

The values are read from the synthesised templates, so that each is defined once.
"""

from __future__ import annotations

from contextlib import suppress
from email.utils import parseaddr
from typing import Any

import boto3

from console.engine_aws import EngineConnection
from console.workspace import Workspace
from local.deploy import templates

_TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
_HTTP_API = "AWS::ApiGatewayV2::Api"
_FUNCTION = "AWS::Lambda::Function"


def apply(workspace: Workspace, aws: EngineConnection) -> list[str]:
    """Set time to live, point-in-time recovery and CORS where a template has them, and verify mail senders.

    Applying them again changes nothing. Returns the names of what was set, each once.
    """
    done: list[str] = []
    cloudformation = boto3.client("cloudformation", **aws)
    for stack, template in templates(workspace):
        done += _verify_senders(template, aws)
        wanted = {
            logical: resource
            for logical, resource in template["Resources"].items()
            if resource["Type"] in (*_TABLES, _HTTP_API)
        }
        if not wanted:
            continue
        resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
        physical = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}
        for logical, resource in wanted.items():
            properties = resource["Properties"]
            if resource["Type"] == _HTTP_API:
                done += _set_up_api(physical[logical], properties, aws)
            else:
                done += _set_up_table(physical[logical], properties, aws)
    return list(dict.fromkeys(done))


def _set_up_table(name: str, properties: dict[str, Any], aws: EngineConnection) -> list[str]:
    done = []
    dynamodb = boto3.client("dynamodb", **aws)
    ttl = properties.get("TimeToLiveSpecification")
    if ttl:
        now = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        # Enabling it twice is refused.
        if now["TimeToLiveStatus"] == "DISABLED":
            dynamodb.update_time_to_live(
                TableName=name,
                TimeToLiveSpecification={"Enabled": ttl["Enabled"], "AttributeName": ttl["AttributeName"]},
            )
        done.append("time to live")
    # A global table has the setting in each replica, a table in itself.
    replicas = properties.get("Replicas", [properties])
    if any(
        each.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled")
        for each in replicas
    ):
        dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
        done.append("point-in-time recovery")
    return done


def _set_up_api(api_id: str, properties: dict[str, Any], aws: EngineConnection) -> list[str]:
    cors = properties.get("CorsConfiguration")
    if not cors:
        return []
    boto3.client("apigatewayv2", **aws).update_api(ApiId=api_id, CorsConfiguration=cors)
    return ["CORS"]


def _verify_senders(template: dict[str, Any], aws: EngineConnection) -> list[str]:
    """Create the identity of the sender's domain, which in AWS its owner verifies before the first mail."""
    done = []
    for resource in template["Resources"].values():
        if resource["Type"] == _FUNCTION and (sender := _variables(resource).get("MAIL_SENDER")):
            domain = parseaddr(sender)[1].partition("@")[2]
            ses = boto3.client("sesv2", **aws)
            with suppress(ses.exceptions.AlreadyExistsException):
                ses.create_email_identity(EmailIdentity=domain)
            done.append(f"mail from {domain}")
    return done


def _variables(function: dict[str, Any]) -> dict[str, Any]:
    variables: dict[str, Any] = function["Properties"].get("Environment", {}).get("Variables", {})
    return variables
