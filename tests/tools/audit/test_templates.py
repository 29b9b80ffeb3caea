"""Which findings of a checker remain: those that the stacks' code does not accept."""

import json
from pathlib import Path

import pytest

from stacks import acceptances
from stacks.acceptances import Checker
from tests.tools.audit.templates import QUEUE, template
from tools.audit.templates import (
    Acceptance,
    Finding,
    accepted_in,
    judge,
    load,
    write_without_acceptances,
)

FOUND = Finding("dev", "data", "Queue", "CKV_AWS_27", "is not encrypted")


def test_a_finding_that_is_not_accepted_remains() -> None:
    verdict = judge([FOUND], [])
    assert verdict.unexplained == (FOUND,)
    assert not verdict.passed


def test_an_accepted_finding_is_counted_with_its_reason() -> None:
    verdict = judge([FOUND], [Acceptance("dev", "data", "Queue", "CKV_AWS_27", "a reason")])
    assert verdict.passed
    assert verdict.accepted == {("CKV_AWS_27", "a reason"): 1}


@pytest.mark.parametrize(
    "other",
    [
        Acceptance("dev", "data", "Queue", "CKV_AWS_28", "a reason"),
        Acceptance("dev", "data", "Other", "CKV_AWS_27", "a reason"),
        Acceptance("dev", "saga", "Queue", "CKV_AWS_27", "a reason"),
        Acceptance("prod", "data", "Queue", "CKV_AWS_27", "a reason"),
        Acceptance("dev", "data", "", "CKV_AWS_27", "a reason"),
    ],
)
def test_an_acceptance_of_something_else_explains_nothing(other: Acceptance) -> None:
    verdict = judge([FOUND], [other])
    assert verdict.unexplained == (FOUND,)
    assert verdict.unneeded == ((other.rule, other.reason),)


def test_an_acceptance_without_a_finding_is_reported() -> None:
    verdict = judge([], [Acceptance("dev", "data", "Queue", "CKV_AWS_27", "a reason")])
    assert verdict.unneeded == (("CKV_AWS_27", "a reason"),)
    assert not verdict.passed


def test_an_acceptance_is_needed_if_one_of_its_resources_needs_it() -> None:
    both = [Acceptance(stage, "data", "Queue", "CKV_AWS_27", "a reason") for stage in ("dev", "prod")]
    assert judge([FOUND], both).passed


def test_a_wildcard_accepts_every_action_that_it_stands_for() -> None:
    accepted = [Acceptance("dev", "data", "Key", "RESOURCE_MISMATCH kms:*", "a reason")]
    finding = Finding("dev", "data", "Key", "RESOURCE_MISMATCH kms:CreateKey", "")
    assert judge([finding], accepted).passed
    assert not judge([finding._replace(rule="RESOURCE_MISMATCH s3:CreateKey")], accepted).passed


def test_acceptances_of_resources_and_of_the_template_are_read() -> None:
    metadata = {"checkov": acceptances.render(Checker.CHECKOV, {"CKV_AWS_27": "a reason"})}
    accepted = accepted_in(
        [template({"Queue": QUEUE | {"Metadata": metadata}}, Metadata=metadata)], Checker.CHECKOV
    )
    assert {(each.resource, each.rule) for each in accepted} == {("", "CKV_AWS_27"), ("Queue", "CKV_AWS_27")}


def test_a_checker_is_not_told_what_is_accepted(tmp_path: Path) -> None:
    metadata = {checker: acceptances.render(checker, {"RULE": "a reason"}) for checker in Checker}
    source = template({"Queue": QUEUE | {"Metadata": metadata}}, Metadata=metadata)
    (path,) = write_without_acceptances([source], tmp_path, Checker.CHECKOV)
    body = json.loads(path.read_text())
    for part in (body, body["Resources"]["Queue"]):
        assert part["Metadata"].keys() == {"cfn-lint", "parliament"}


def test_a_stage_that_was_not_synthesised_is_named_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="make synth STAGE=staging"):
        load(["staging"], tmp_path)


def test_templates_are_named_by_their_stacks(tmp_path: Path) -> None:
    assembly = tmp_path / "prod" / "assembly-orders-prod"
    assembly.mkdir(parents=True)
    (assembly / "data.template.json").write_text(json.dumps({"Resources": {}}))
    stack = {"stackName": "orders-prod-data", "templateFile": "data.template.json"}
    artifacts = {
        "data": {"type": "aws:cloudformation:stack", "properties": stack},
        "data.assets": {"type": "cdk:asset-manifest", "properties": {"file": "data.assets.json"}},
    }
    (assembly / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    (loaded,) = load(["prod"], tmp_path)
    assert (loaded.stage, loaded.stack, loaded.name) == ("prod", "data", "prod/data.json")
