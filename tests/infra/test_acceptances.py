"""An exception to a checker's rule is written into the metadata of its resource alone."""

from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template
from constructs import Construct

from stacks import acceptances
from stacks.acceptances import Checker
from stacks.nag import accept
from tests.synth import Synthesised


@pytest.fixture
def stack() -> Stack:
    """A stack with two queues."""
    stack = Stack(App(analytics_reporting=False), "stack")
    sqs.Queue(stack, "One")
    sqs.Queue(stack, "Other")
    return stack


def _metadata(stack: Stack) -> dict[str, Any]:
    """Logical id without its hash → metadata."""
    resources = Template.from_stack(stack).to_json()["Resources"]
    return {id[:-8]: resource.get("Metadata", {}) for id, resource in resources.items()}


@pytest.mark.slow
@pytest.mark.parametrize("checker", Checker)
def test_acceptances_of_several_rules_are_read_as_they_were_written(checker: Checker, stack: Stack) -> None:
    one = stack.node.find_child("One")
    accept(one, checker, "RULE_1", "a reason")
    accept(one, checker, "RULE_2", "another reason")
    written = _metadata(stack)
    assert acceptances.read(checker, written["One"][checker]) == {
        "RULE_1": "a reason",
        "RULE_2": "another reason",
    }
    assert checker not in written["Other"]


@pytest.mark.slow
def test_checkov_gets_its_own_format(stack: Stack) -> None:
    accept(stack.node.find_child("One"), Checker.CHECKOV, "CKV_AWS_27", "a reason")
    assert _metadata(stack)["One"]["checkov"] == {"skip": [{"id": "CKV_AWS_27", "comment": "a reason"}]}


@pytest.mark.slow
def test_cfn_lint_gets_its_own_format(stack: Stack) -> None:
    accept(stack.node.find_child("One"), Checker.CFN_LINT, "W3005", "a reason")
    assert _metadata(stack)["One"]["cfn-lint"]["config"] == {"ignore_checks": ["W3005"]}


def test_a_rule_can_be_accepted_for_a_whole_template(stack: Stack) -> None:
    accept(stack, Checker.CFN_LINT, "W6001", "a reason")
    accept(stack, Checker.CFN_LINT, "W6002", "another reason")
    template = Template.from_stack(stack).to_json()
    assert template["Metadata"]["cfn-lint"]["config"] == {"ignore_checks": ["W6001", "W6002"]}
    assert all("cfn-lint" not in metadata for metadata in _metadata(stack).values())


def test_a_construct_without_a_resource_is_refused(stack: Stack) -> None:
    with pytest.raises(TypeError, match="stack/Group has no resource of its own"):
        accept(Construct(stack, "Group"), Checker.CHECKOV, "CKV_AWS_27", "a reason")


def test_every_acceptance_has_a_reason(app: Synthesised) -> None:
    for resource in app.resources():
        for checker in Checker:
            accepted = acceptances.read(checker, resource.body.get("Metadata", {}).get(checker))
            assert all(len(reason) > 40 for reason in accepted.values()), resource.id
