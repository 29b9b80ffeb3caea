"""Rules of AWS that no other check here knows, each with its source, over every stage and every switch.

An engine on a laptop forgives what these forbid: without them a template passes every test and fails in the
account, at its first deployment or at the second.
"""

import json
from typing import Any

import pytest

from stacks.acceptances import Checker
from tests.infra.cloudformation import imports
from tests.infra.switches import SWITCHES, turned
from tests.synth import PROJECT, Resource, Synthesised
from tools.audit import policies
from tools.audit.templates import Template, accepted_in, judge
from tools.costs.idle_costs import idle_costs

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
    stage = deployed.one("AWS::ApiGatewayV2::Stage", "api")
    routes = {r.properties["RouteKey"]: r for r in deployed.resources("AWS::ApiGatewayV2::Route", of="api")}
    settings = stage.properties["RouteSettings"]
    assert settings
    assert settings.keys() <= routes.keys()
    assert [key for key in settings if not _comes_after(stage, routes[key])] == []


def test_a_name_of_the_api_comes_after_its_stage(deployed: Synthesised) -> None:
    """ "Invalid stage identifier specified": the mapping names the stage by a text (CreateApiMapping)."""
    stage = deployed.one("AWS::ApiGatewayV2::Stage", "api")
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
        # Secrets Manager may not call it for a secret of another account.
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
    "AWS::Backup::BackupVault": "BackupVaultName",
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
    log = json.loads(
        deployed.one("AWS::ApiGatewayV2::Stage", "api").properties["AccessLogSettings"]["Format"]
    )
    for name, variable in log.items():
        assert variable.removeprefix("$context.") not in QUOTABLE, name


def test_lambdas_lines_about_invocations_are_logged_where_a_caller_waits(deployed: Synthesised) -> None:
    """The runbook of slow requests needs them; failed invocations are logged at WARN in every function."""
    folders = {path.stem: path.parent.name for path in (PROJECT / "lambdas").glob("*/[a-z]*.py")}
    for function in deployed.functions():
        handler = function.properties["Handler"].removesuffix(".handler")
        quiet = folders[handler] in ("events", "saga")
        level = function.properties["LoggingConfig"]["SystemLogLevel"]
        assert level == ("WARN" if quiet else "INFO"), handler


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
        assert pool.properties["UserPoolTier"] == deployed.settings.user_pool_plan.value


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


def test_every_action_is_allowed_on_a_resource_that_it_takes(deployed: Synthesised) -> None:
    """An action that knows no resource is granted by no ARN (Service Authorization Reference)."""
    templates = [Template(deployed.settings.stage, stack, body) for stack, body in deployed.templates.items()]
    verdict = judge(policies.check(templates), accepted_in(templates, Checker.PARLIAMENT))
    assert verdict.unexplained == ()


def test_every_acceptance_of_a_policy_is_needed_with_some_setting() -> None:
    written: set[tuple[str, str]] = set()
    used: set[tuple[str, str]] = set()
    for stage, switch in EVERY:
        templates = [Template(stage, stack, body) for stack, body in turned(stage, switch).templates.items()]
        accepted = list(accepted_in(templates, Checker.PARLIAMENT))
        written |= {(each.rule, each.reason) for each in accepted}
        used |= judge(policies.check(templates), accepted).accepted.keys()
    assert written == used
    assert written
