"""Rules of AWS that no other check here knows, each with its source, over every stage and every switch.

An engine on a laptop forgives what these forbid: without them a template passes every test and fails in the
account, at its first deployment or at the second.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import parliament  # type: ignore[import-untyped]
import pytest

from tests.infra.cloudformation import imports
from tests.infra.switches import SWITCHES, turned
from tests.synth import Json, Resource, Synthesised
from tools.idle_costs import idle_costs

EVERY = [
    *(("dev", switch) for switch in SWITCHES),
    *(("prod", switch) for switch in ("as it is", "mail", "own authoriser", "issuer")),
    ("staging", "as it is"),
    ("local", "as it is"),
]


@pytest.fixture(params=EVERY, ids=[f"{stage}, {switch}" for stage, switch in EVERY])
def deployed(request: pytest.FixtureRequest) -> Synthesised:
    """Each stage with each switch."""
    return turned(*request.param)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _mentions(value: Any, id: str) -> bool:
    """Whether a value refers to the resource."""
    match value:
        case {"Ref": str(name)}:
            return name == id
        case {"Fn::GetAtt": [str(name), *_]}:
            return name == id
        case dict():
            return any(_mentions(each, id) for each in value.values())
        case list():
            return any(_mentions(each, id) for each in value)
    return False


def _comes_after(later: Resource, earlier: Resource) -> bool:
    """Whether CloudFormation makes one resource after another of its stack, as far as these two say."""
    return earlier.id in _list(later.body.get("DependsOn", [])) or _mentions(later.properties, earlier.id)


def test_a_stage_comes_after_every_route_that_it_has_settings_for(deployed: Synthesised) -> None:
    """ "Unable to find Route by key ... within the provided RouteSettings"
    (aws/serverless-application-model#2479, terraform-aws-modules/terraform-aws-apigateway-v2#80)."""
    stage = deployed.one("AWS::ApiGatewayV2::Stage")
    routes = {r.properties["RouteKey"]: r for r in deployed.resources("AWS::ApiGatewayV2::Route")}
    settings = stage.properties["RouteSettings"]
    assert settings
    assert settings.keys() <= routes.keys()
    assert [key for key in settings if not _comes_after(stage, routes[key])] == []


def test_a_name_of_the_api_comes_after_its_stage(deployed: Synthesised) -> None:
    """ "Invalid stage identifier specified": the mapping names the stage by a text (CreateApiMapping)."""
    stage = deployed.one("AWS::ApiGatewayV2::Stage")
    for mapping in deployed.resources("AWS::ApiGatewayV2::ApiMapping"):
        assert _comes_after(mapping, stage)


def test_a_function_comes_after_the_policy_of_its_role(deployed: Synthesised) -> None:
    """What calls a function or feeds it is checked against its role when it is made: "The function execution
    role does not have permissions to call ReceiveMessage on SQS" (CreateEventSourceMapping)."""
    policies = deployed.resources("AWS::IAM::Policy")
    for function in deployed.functions():
        role = function.properties["Role"]["Fn::GetAtt"][0]
        (policy,) = (
            p for p in policies if p.stack == function.stack and {"Ref": role} in p.properties["Roles"]
        )
        assert _comes_after(function, policy), function.id


def test_rotation_comes_after_the_permission_to_call_its_function(deployed: Synthesised) -> None:
    """Secrets Manager checks that it may invoke the function when a secret is given it, and answers "access
    denied" otherwise ("Troubleshoot AWS Secrets Manager rotation of secrets")."""
    for schedule in deployed.resources("AWS::SecretsManager::RotationSchedule"):
        (permission,) = (
            each
            for each in deployed.resources("AWS::Lambda::Permission")
            if each.properties["Principal"] == "secretsmanager.amazonaws.com"
        )
        assert _comes_after(schedule, permission)
        # Nobody else's account may have Secrets Manager call it for a secret of theirs.
        assert "SourceAccount" in permission.properties


def test_a_client_comes_after_the_scopes_it_may_ask_for(deployed: Synthesised) -> None:
    """ "One or more requested scopes do not exist" (CreateUserPoolClient, ScopeDoesNotExistException)."""
    for client in deployed.resources("AWS::Cognito::UserPoolClient"):
        server = deployed.one("AWS::Cognito::UserPoolResourceServer")
        if "orders:" in json.dumps(client.properties.get("AllowedOAuthScopes", [])):
            assert _comes_after(client, server), client.id


def test_failed_creation_leaves_no_retained_resource(deployed: Synthesised) -> None:
    """RetainExceptOnCreate ("DeletionPolicy attribute"): otherwise the next creation finds the name taken."""
    policies = {r.body.get("DeletionPolicy", "Delete") for r in deployed.resources()}
    assert policies <= {"Delete", "RetainExceptOnCreate"}


# Types whose names are unique in an account, or in the world, and where they stand.
NAMES = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}


def test_retained_resource_has_a_generated_name(deployed: Synthesised) -> None:
    """A stack that is created again would find a fixed name taken ("Name type", AWS CloudFormation)."""
    for resource in deployed.resources(*NAMES):
        name = resource.properties.get(NAMES[resource.type])
        if name is not None and resource.body.get("DeletionPolicy") != "Delete":
            assert "AWS::StackId" in json.dumps(name) or resource.type == "AWS::Events::EventBus", resource.id


def test_deleted_stack_leaves_nothing_behind(deployed: Synthesised) -> None:
    """A bucket that is not empty cannot be deleted, and Lambda makes a log group where a function has none
    and may ("Working with Lambda function logs")."""
    if deployed.settings.protected:
        return
    if not deployed.settings.local:
        emptied = [r.properties["BucketName"] for r in deployed.resources("Custom::S3AutoDeleteObjects")]
        assert emptied == [{"Ref": bucket.id} for bucket in deployed.resources("AWS::S3::Bucket")]
    assert {r.body.get("DeletionPolicy", "Delete") for r in deployed.resources()} == {"Delete"}
    ours = {(f.stack, f.id) for f in deployed.functions()}
    for function in deployed.resources("AWS::Lambda::Function"):
        if (function.stack, function.id) in ours:
            assert "LogGroup" in function.properties["LoggingConfig"]
        else:
            role = deployed.templates[function.stack]["Resources"][
                function.properties["Role"]["Fn::GetAtt"][0]
            ]
            assert "ManagedPolicyArns" not in role["Properties"]
    assert "logs:CreateLogGroup" not in json.dumps(deployed.templates)


def test_monitoring_stack_imports_nothing(deployed: Synthesised) -> None:
    """The monitoring stack imports nothing: CloudFormation would keep what it imports from changing
    (aws/aws-cdk discussion 38371). Each alarm stands in the stack of what it watches."""
    assert imports(deployed.templates["monitoring"]) == set()
    for alarm in deployed.resources("AWS::CloudWatch::Alarm"):
        watched = json.dumps([alarm.properties.get("Dimensions"), alarm.properties.get("Metrics")])
        assert "Fn::ImportValue" not in watched
        assert "Fn::GetStackOutput" not in watched


# Texts of the caller's or of AWS's own making, which may hold a quotation mark.
QUOTABLE = ("error.message", "authorizer.error", "integrationErrorMessage", "integration.error", "path")


def test_access_log_line_is_json_whatever_the_request_contains(deployed: Synthesised) -> None:
    """ "Customize HTTP API access logs": a variable is written as it is; only messageString is quoted."""
    log = json.loads(deployed.one("AWS::ApiGatewayV2::Stage").properties["AccessLogSettings"]["Format"])
    for name, variable in log.items():
        assert variable.removeprefix("$context.") not in QUOTABLE, name


def test_log_level_keeps_embedded_metrics(deployed: Synthesised) -> None:
    """Lambda takes a line without a level for INFO ("Log-level filtering"), and EMF lines have none."""
    for function in deployed.functions():
        assert function.properties["LoggingConfig"]["ApplicationLogLevel"] in ("DEBUG", "INFO")


def test_a_protected_stage_is_complete(deployed: Synthesised) -> None:
    if not deployed.settings.protected:
        return
    protocols = {r.properties["Protocol"] for r in deployed.resources("AWS::SNS::Subscription")}
    assert protocols
    assert protocols <= {"email", "https"}
    assert "localhost" not in json.dumps(deployed.templates)
    sandbox = [
        f.id for f in deployed.functions() if "SANDBOX_TABLE_NAME" in f.properties["Environment"]["Variables"]
    ]
    assert sandbox == []


def test_cognito_writes_by_ses_where_mail_is_set(deployed: Synthesised) -> None:
    """Its own sends fifty mails a day ("Email settings for Amazon Cognito user pools")."""
    for pool in deployed.resources("AWS::Cognito::UserPool"):
        email = pool.properties["EmailConfiguration"]
        if deployed.settings.mail:
            assert email["EmailSendingAccount"] == "DEVELOPER"
            assert email["From"] == deployed.settings.mail.header
            assert json.dumps(email["SourceArn"]).count(f":identity/{deployed.settings.mail.identity}") == 1
        else:
            assert email == {"EmailSendingAccount": "COGNITO_DEFAULT"}
        assert pool.properties["UserPoolTier"] == "LITE"


def test_no_machine_has_all_scopes(deployed: Synthesised) -> None:
    issued = {
        s["ScopeName"]
        for r in deployed.resources("AWS::Cognito::UserPoolResourceServer")
        for s in r.properties["Scopes"]
    }
    for client in deployed.resources("AWS::Cognito::UserPoolClient"):
        if client.properties.get("AllowedOAuthFlows") == ["client_credentials"]:
            held = json.dumps(client.properties["AllowedOAuthScopes"])
            assert not all(scope in held for scope in issued), client.id


def test_the_idle_cost_of_everything_is_known(deployed: Synthesised) -> None:
    assert idle_costs(resource.body for resource in deployed.resources())


def test_every_rule_of_the_packs_is_kept(deployed: Synthesised) -> None:
    assert deployed.findings == []


def _documents(node: Any) -> Iterator[Json]:
    """Every policy document of a role: those that say what it may do, not who may take it."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "PolicyDocument":
                yield value
            elif key != "AssumeRolePolicyDocument":
                yield from _documents(value)
    elif isinstance(node, list):
        for value in node:
            yield from _documents(value)


# "Actions, resources, and condition keys for Amazon SES v2" has the configuration set beside the identity;
# the list that parliament reads does not.
UNKNOWN_TO_PARLIAMENT = {("RESOURCE_MISMATCH", "ses:SendEmail")}


@cache
def _findings(document: str) -> frozenset[tuple[str, str]]:
    return frozenset(
        (finding.issue, str(detail.get("action", detail) if isinstance(detail, dict) else detail))
        for finding in parliament.analyze_policy_string(document).findings
        for detail in _list(finding.detail)
    )


def test_every_action_is_allowed_on_a_resource_that_it_takes(deployed: Synthesised) -> None:
    """An action that knows no resource is granted by no ARN (Service Authorization Reference)."""
    resources = {(r.stack, r.id): r.type for r in deployed.resources()}
    exported = _exported(deployed)
    for resource in deployed.resources("AWS::IAM::Policy", "AWS::IAM::Role"):
        for document in _documents(resource.properties):
            named = json.dumps(_named(document, resource.stack, resources, exported))
            assert _findings(named) - UNKNOWN_TO_PARLIAMENT == set(), f"{resource.stack}/{resource.id}"


# What a reference to a resource of this type resolves to, as its ARN.
ARNS = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:eu-west-1:123456789012:table/name",
    "AWS::Events::EventBus": "arn:aws:events:eu-west-1:123456789012:event-bus/name",
    "AWS::Lambda::Function": "arn:aws:lambda:eu-west-1:123456789012:function:name",
    "AWS::Logs::LogGroup": "arn:aws:logs:eu-west-1:123456789012:log-group:name:*",
    "AWS::S3::Bucket": "arn:aws:s3:::name",
    "AWS::SES::ConfigurationSet": "name",
    "AWS::SQS::Queue": "arn:aws:sqs:eu-west-1:123456789012:name",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:name-AbCdEf",
    "AWS::StepFunctions::StateMachine": "arn:aws:states:eu-west-1:123456789012:stateMachine:name",
}
PSEUDO = {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012"}


def _exported(app: Synthesised) -> dict[str, tuple[str, Any]]:
    """export → its stack, and its value."""
    return {
        output["Export"]["Name"]: (stack, output["Value"])
        for stack, template in app.templates.items()
        for output in template.get("Outputs", {}).values()
        if "Export" in output
    }


def _named(
    value: Any, stack: str, types: dict[tuple[str, str], str], exported: dict[str, tuple[str, Any]]
) -> Any:
    """A policy with an example of each name and ARN in the place of what refers to it."""
    match value:
        case {"Ref": str(name)} if name in PSEUDO:
            return PSEUDO[name]
        case {"Ref": str(id)}:
            return ARNS[types[stack, id]]
        case {"Fn::GetAtt": [str(id), "StreamArn"]}:
            return f"{ARNS[types[stack, id]]}/stream/2026"
        case {"Fn::GetAtt": [str(id), _]}:
            return ARNS[types[stack, id]]
        case {"Fn::ImportValue": str(name)}:
            owner, exported_value = exported[name]
            return _named(exported_value, owner, types, exported)
        case {"Fn::Join": ["", [*parts]]}:
            return "".join(_named(part, stack, types, exported) for part in parts)
        case dict():
            return {key: _named(each, stack, types, exported) for key, each in value.items()}
        case list():
            return [_named(each, stack, types, exported) for each in value]
    return value
