"""Each checker finds what is wrong, and fails loudly if it has not read everything."""

import json
from typing import Any

import pytest

from local.toolchains import CHECKOV
from stacks import acceptances
from stacks.acceptances import Checker
from tests.synth import Json, synthesised
from tests.tools.audit.templates import QUEUE, template
from tools.audit import cfn_lint, checkov, policies, state_machines
from tools.audit.templates import Template, write_without_acceptances

# `make audit` installs it, and `.ci/run` runs that before the tests.
needs_checkov = pytest.mark.skipif(not CHECKOV.is_current(), reason="checkov is installed by make audit")


def _role(actions: str, resource: Any) -> Json:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"Policies": [{"PolicyName": "p", "PolicyDocument": document}]},
    }


# -- cfn-lint ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_cfn_lint_finds_errors_and_warnings_by_resource() -> None:
    resources = {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySecond": 1}},
        "Policy": {
            "Type": "AWS::SQS::QueuePolicy",
            "DependsOn": ["Queue"],
            "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": {"Version": "2012-10-17"}},
        },
    }
    rules = {(found.resource, found.rule[0]) for found in cfn_lint.check([template(resources)])}
    assert rules >= {("Queue", "E"), ("Policy", "W")}


@pytest.mark.slow
def test_cfn_lint_reports_a_finding_outside_of_resources_for_the_template() -> None:
    output = {"Issuer": {"Value": {"Fn::ImportValue": "other:issuer"}}}
    (found,) = cfn_lint.check([template({"Queue": QUEUE}, Outputs=output)])
    assert (found.resource, found.rule) == ("", "W6001")


@pytest.mark.slow
def test_cfn_lint_reports_what_is_accepted_too() -> None:
    metadata = {"cfn-lint": acceptances.render(Checker.CFN_LINT, {"W6001": "a reason"})}
    output = {"Issuer": {"Value": {"Fn::ImportValue": "other:issuer"}}}
    (found,) = cfn_lint.check([template({"Queue": QUEUE}, Outputs=output, Metadata=metadata)])
    assert found.rule == "W6001"


# -- checkov -----------------------------------------------------------------------------------------


@pytest.mark.slow
@needs_checkov
def test_checkov_finds_a_failed_check_by_stage_stack_and_resource() -> None:
    found = checkov.check(
        [template({"Queue": QUEUE}), template({"Queue": QUEUE}, stage="prod", stack="saga")]
    )
    assert {(each.stage, each.stack, each.resource) for each in found if each.rule == "CKV_AWS_27"} == {
        ("dev", "data", "Queue"),
        ("prod", "saga", "Queue"),
    }


@pytest.mark.slow
@needs_checkov
def test_checkov_reads_our_acceptances_by_itself(tmp_path: Any) -> None:
    metadata = {"checkov": acceptances.render(Checker.CHECKOV, {"CKV_AWS_27": "a reason"})}
    accepted = template({"Queue": QUEUE | {"Metadata": metadata}})
    # As they are: without those of another checker.
    write_without_acceptances([accepted], tmp_path, Checker.CFN_LINT)
    results = checkov.run(tmp_path)["results"]
    (skipped,) = results["skipped_checks"]
    assert skipped["check_id"] == "CKV_AWS_27"
    assert skipped["check_result"]["suppress_comment"] == "a reason"


@pytest.mark.parametrize(("parsing_errors", "resource_count"), [(1, 1), (0, 0), (0, 2)])
def test_checkov_must_have_read_every_resource(parsing_errors: int, resource_count: int) -> None:
    summary = {"parsing_errors": parsing_errors, "resource_count": resource_count}
    with pytest.raises(RuntimeError, match="has not read all of the 1 resources"):
        checkov.findings({"summary": summary}, [template({"Queue": QUEUE})])


def test_checkov_that_found_no_template_is_not_taken_for_a_good_result() -> None:
    # What it prints if a directory contains nothing that it knows.
    nothing = {"passed": 0, "failed": 0, "skipped": 0, "parsing_errors": 0, "resource_count": 0}
    with pytest.raises(RuntimeError, match="has not read all"):
        checkov.findings(nothing, [template({"Queue": QUEUE})])


# -- parliament --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "rule"),
    [
        ("sqs:SendMessages", "UNKNOWN_ACTION"),
        ("sns:Publish", "RESOURCE_MISMATCH sns:Publish"),
    ],
)
def test_parliament_finds_an_action_that_grants_nothing(action: str, rule: str) -> None:
    role = _role(action, {"Fn::GetAtt": ["Queue", "Arn"]})
    (found,) = policies.check([template({"Queue": QUEUE, "Role": role})])
    assert (found.resource, found.rule) == ("Role", rule)


def test_parliament_accepts_an_action_on_its_resource() -> None:
    role = _role("sqs:SendMessage", {"Fn::GetAtt": ["Queue", "Arn"]})
    assert policies.check([template({"Queue": QUEUE, "Role": role})]) == []


def test_parliament_resolves_what_another_stack_exports() -> None:
    exported = {"Q": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}, "Export": {"Name": "data:queue"}}}
    data = template({"Queue": QUEUE}, Outputs=exported)
    saga = template({"Role": _role("sns:Publish", {"Fn::ImportValue": "data:queue"})}, stack="saga")
    (found,) = policies.check([data, saga])
    assert (found.stack, found.rule) == ("saga", "RESOURCE_MISMATCH sns:Publish")


@pytest.mark.parametrize(
    ("action", "rules"), [("kms:Decrypt", []), ("kms:Decript", ["UNKNOWN_ACTION"]), ("s3:GetObject", None)]
)
def test_parliament_checks_the_policy_of_a_resource(action: str, rules: list[str] | None) -> None:
    """In a key policy, `*` means the key."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "x.amazonaws.com"},
        "Action": action,
        "Resource": "*",
    }
    key = {
        "Type": "AWS::KMS::Key",
        "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": [statement]}},
    }
    found = [each.rule for each in policies.check([template({"Key": key})])]
    assert found == (["RESOURCE_MISMATCH s3:GetObject"] if rules is None else rules)


def test_parliament_checks_who_may_take_a_role() -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "x.amazonaws.com"}, "Action": "sts:AssumeRoles"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}
    assert [each.rule for each in policies.check([template({"Role": role})])] == ["UNKNOWN_ACTION"]


def test_a_policy_on_a_resource_of_an_unknown_type_is_not_passed_over() -> None:
    resources = {"Role": _role("ec2:StartInstances", {"Ref": "Host"}), "Host": {"Type": "AWS::EC2::Instance"}}
    with pytest.raises(LookupError, match=r"AWS::EC2::Instance: add its ARN"):
        policies.check([template(resources)])


def test_every_policy_document_of_the_templates_is_found() -> None:
    """Counted by another way: by the property that holds it."""
    for stack, body in synthesised("dev").templates.items():
        held = json.dumps(body).count('PolicyDocument": {') + json.dumps(body).count('KeyPolicy": {')
        assert len(list(policies.documents(body))) == held, stack


# -- asl-validator -----------------------------------------------------------------------------------


def _machine(*, next: str) -> Template:
    definition = {
        "StartAt": "One",
        "States": {"One": {"Type": "Pass", "Next": next}, "End": {"Type": "Succeed"}},
    }
    properties = {"DefinitionString": {"Fn::Join": ["", [json.dumps(definition)]]}}
    return template({"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}})


@pytest.mark.slow
def test_asl_validator_accepts_a_definition() -> None:
    assert state_machines.check([_machine(next="End")]) == []


@pytest.mark.slow
def test_asl_validator_finds_a_state_that_does_not_exist() -> None:
    (found,) = state_machines.check([_machine(next="Missing")])
    assert (found.resource, found.rule) == ("Machine", "asl-validator")


@pytest.mark.slow
def test_a_stage_without_a_state_machine_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="there is no state machine in prod"):
        state_machines.check([_machine(next="End"), template({"Queue": QUEUE}, stage="prod")])
