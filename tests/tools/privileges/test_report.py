"""The comparison of what roles allow with what was used finds what is granted to no purpose."""

from typing import Any

import pytest

from tools.audit.templates import Template
from tools.privileges import report
from tools.privileges.policy import Grant, Role
from tools.privileges.references import arn, resolved
from tools.privileges.report import ByService, differences, explained, table
from tools.privileges.roles import names, roles

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:Orders"


def statement(action: str, resource: Any = QUEUE) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def role(name: str, *statements: dict[str, Any]) -> Role:
    return Role(name, [{"Statement": list(statements)}])


@pytest.fixture
def no_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "BY_SERVICES", ())


@pytest.mark.usefixtures("no_exceptions")
def test_a_grant_that_no_call_used_is_a_difference() -> None:
    held = {"sweep": role("sweep", statement("sqs:SendMessage"), statement("sqs:PurgeQueue"))}
    used = [("sweep", Grant("sqs:SendMessage", QUEUE))]
    assert list(differences(held, used)) == [f"sweep never needs sqs:PurgeQueue on {QUEUE}"]
    *_, total = table(held, used)
    assert total.split() == ["all", "2", "1", "0", "1"]


@pytest.mark.usefixtures("no_exceptions")
def test_a_grant_that_another_role_used_is_a_difference() -> None:
    held = {"sweep": role("sweep", statement("sqs:SendMessage"))}
    assert list(differences(held, [("other", Grant("sqs:SendMessage", QUEUE))]))


def test_an_exception_explains_a_grant_and_is_removed_when_it_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    polls = ByService("sweep", "sqs:ReceiveMessage", "*:Orders", "Lambda polls the queue.")
    monkeypatch.setattr(report, "BY_SERVICES", (polls,))
    held = {"sweep": role("sweep", statement("sqs:ReceiveMessage"))}
    assert list(differences(held, [])) == []
    assert [line.split() for line in table(held, [])][-1] == ["all", "1", "0", "1", "0"]
    (unneeded,) = differences(held, [("sweep", Grant("sqs:ReceiveMessage", QUEUE))])
    assert unneeded.startswith("remove the exception of sweep: sqs:ReceiveMessage")


def test_every_exception_has_a_reason_and_none_explains_a_table() -> None:
    assert all(len(each.reason) > 25 for each in report.BY_SERVICES)
    table_arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"
    for name in ("publish_changes", "drive_order", "reconcile_orders"):
        assert not explained(name, Grant("dynamodb:GetItem", table_arn))


# -- reading templates ---------------------------------------------------------------------------------


def _template(stack: str, resources: dict[str, Any], **more: Any) -> Template:
    return Template("dev", stack, {"Resources": resources, **more})


DATA = _template(
    "data",
    {"Orders12345678": {"Type": "AWS::SQS::Queue"}},
    Outputs={
        "Q": {"Value": {"Fn::GetAtt": ["Orders12345678", "Arn"]}, "Export": {"Name": "data:queue"}},
        "U": {"Value": {"Ref": "Orders12345678"}, "Export": {"Name": "data:url"}},
    },
)


def _saga(variable: Any) -> Template:
    return _template(
        "saga",
        {
            "SweepRole12345678": {"Type": "AWS::IAM::Role", "Properties": {}},
            "Sweep": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Handler": "sweep.handler",
                    "Role": {"Fn::GetAtt": ["SweepRole12345678", "Arn"]},
                    "Environment": {"Variables": {"QUEUE_URL": variable}},
                },
            },
            "Alias": {
                "Type": "AWS::Lambda::Alias",
                "Properties": {"FunctionName": {"Ref": "Sweep"}, "Name": "live"},
            },
            "Policy": {
                "Type": "AWS::IAM::Policy",
                "Properties": {
                    "Roles": [{"Ref": "SweepRole12345678"}],
                    "PolicyDocument": {
                        "Statement": [statement("sqs:SendMessage", {"Fn::ImportValue": "data:queue"})]
                    },
                },
            },
        },
    )


def test_role_is_found_with_its_policy_and_what_another_stack_exports() -> None:
    stage = [DATA, _saga({"Fn::ImportValue": "data:url"})]
    known = names(stage, {"QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/tested"})
    found = roles(stage, lambda template, id: known.get((template.stack, id), id))
    (grant,) = found["sweep"].grants()
    assert grant == Grant("sqs:SendMessage", "arn:aws:sqs:eu-west-1:123456789012:tested")


def test_functions_that_are_told_different_resources_by_one_variable_are_refused() -> None:
    queue = {"Other": {"Type": "AWS::SQS::Queue"}}
    other = _template("other", queue | _saga({"Ref": "Other"}).body["Resources"])
    stage = [DATA, _saga({"Fn::ImportValue": "data:url"}), other]
    with pytest.raises(ValueError, match="QUEUE_URL is"):
        names(stage, {"QUEUE_URL": "https://sqs/1/tested"})


def test_alias_has_the_arn_of_its_function_and_its_name() -> None:
    saga = _saga("plain")
    assert arn(saga, "Alias", lambda template, id: id) == (
        "arn:aws:lambda:eu-west-1:123456789012:function:Sweep:live"
    )
    parts = ["arn:", {"Ref": "AWS::Partition"}, ":iam::", {"Ref": "AWS::AccountId"}, ":root"]
    joined = {"Fn::Join": ["", parts]}
    assert resolved(joined, saga, [saga], lambda template, id: id) == "arn:aws:iam::123456789012:root"
