"""GitHub's workflows get the roles that they need, for their own stage, and nothing else."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from aws_cdk import App

from stacks import nag
from stacks.delivery import COMPARED_STAGE, DELIVERY, EXAMPLE, DeliverySettings, DeliveryStack, main, problems
from stacks.settings import STAGES, Canary, MailSettings, Provider, Settings, WebClient, settings_for
from stacks.settings.protection import with_examples
from tests.infra.switches import CANARY_CLIENT, EDGE, WEB
from tests.synth import PROJECT
from tools.audit import policies
from tools.audit.templates import Template

Json = dict[str, Any]

DEPLOYED = [stage for stage in STAGES if stage != "local"]
_SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-AbCdEf"
MAIL = MailSettings("Mug shop <orders@shop.example>", "shop.example")


def _synthesised(settings: Settings, delivery: DeliverySettings) -> tuple[Json, list[str]]:
    """The template of the stack, and what cdk-nag finds in it."""
    with TemporaryDirectory() as directory:
        app = App(
            outdir=directory,
            context=json.loads((PROJECT / "cdk.json").read_text())["context"],
            post_cli_context={"@aws-cdk/core:failSynthOnValidationErrors": False},
            builtin_cloud_formation_validation=False,
            analytics_reporting=False,
        )
        stack = DeliveryStack(app, settings, delivery)
        nag.add_checks(app)
        findings = nag.findings(app.synth())
        return json.loads(Path(directory, f"{stack.artifact_id}.template.json").read_text()), findings


@cache
def _of(stage: str) -> tuple[Json, list[str]]:
    return _synthesised(replace(with_examples(settings_for(stage)), mail=MAIL), EXAMPLE)


def _roles(template: Json) -> dict[str, Json]:
    """The subject that a role trusts → its trust policy's only statement."""
    trusted = {}
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::IAM::Role":
            (statement,) = resource["Properties"]["AssumeRolePolicyDocument"]["Statement"]
            trusted[statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]] = (
                statement
            )
    return trusted


def _statements(template: Json, role: str) -> Iterator[tuple[list[str], list[str]]]:
    """The actions and resources of the policy of `role`: `Deploy` or `Compare`."""
    for id, resource in template["Resources"].items():
        if resource["Type"] == "AWS::IAM::Policy" and id.startswith(role):
            for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
                assert statement["Effect"] == "Allow"
                actions, resources = statement["Action"], statement["Resource"]
                yield (
                    actions if isinstance(actions, list) else [actions],
                    [_text(each) for each in (resources if isinstance(resources, list) else [resources])],
                )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "".join(part if isinstance(part, str) else f"<{part['Ref']}>" for part in value["Fn::Join"][1])


# -- who is trusted ----------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", DEPLOYED)
def test_a_stages_role_trusts_only_its_environment_of_the_repository(stage: str) -> None:
    """GitHub Docs, "OpenID Connect reference": the subject of a job with an environment names it."""
    template, _ = _of(stage)
    expected = {f"repo:example@1/orders@2:environment:{stage}"}
    if stage == COMPARED_STAGE:
        expected.add("repo:example@1/orders@2:pull_request")
    assert set(_roles(template)) == expected


@pytest.mark.parametrize("stage", DEPLOYED)
def test_a_token_must_be_github_s_and_for_aws(stage: str) -> None:
    template, _ = _of(stage)
    for statement in _roles(template).values():
        assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
        assert set(statement["Condition"]) == {"StringEquals"}
        audience = statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:aud"]
        assert audience == "sts.amazonaws.com"
        provider = _text(statement["Principal"]["Federated"])
        assert provider.endswith(":oidc-provider/token.actions.githubusercontent.com")


def test_the_subject_has_the_repositorys_numbers_only_if_they_are_set() -> None:
    """GitHub Docs, "Immutable subject claims": `repo:octocat@123456/my-repo@456789:...`."""
    plain = DeliverySettings(repository="octocat/my-repo")
    assert plain.subject("environment:dev") == "repo:octocat/my-repo:environment:dev"
    numbered = replace(plain, owner_id=123456, repository_id=456789)
    assert numbered.subject("pull_request") == "repo:octocat@123456/my-repo@456789:pull_request"


# -- what the roles may do ---------------------------------------------------------------------------


@pytest.mark.parametrize("stage", DEPLOYED)
def test_a_stages_role_assumes_only_the_two_roles_that_deploy(stage: str) -> None:
    """The lookup role may read everything in the account, and the execution role is CloudFormation's."""
    template, _ = _of(stage)
    (resources,) = (
        resources for actions, resources in _statements(template, "Deploy") if "sts:AssumeRole" in actions
    )
    names = [each.partition(":role/")[2] for each in resources]
    assert [name.rpartition("-role-")[0] for name in names] == [
        "cdk-hnb659fds-deploy",
        "cdk-hnb659fds-file-publishing",
    ]
    assert not any("*" in each for each in resources)


@pytest.mark.parametrize("stage", DEPLOYED)
def test_a_stages_role_places_canary_orders_and_changes_nothing_else_itself(stage: str) -> None:
    template, _ = _of(stage)
    statements = [(set(actions), resources) for actions, resources in _statements(template, "Deploy")]
    invoked = [resources for actions, resources in statements if "lambda:InvokeFunction" in actions]
    assert [each.rpartition(":function:")[2] for resources in invoked for each in resources] == (
        [f"orders-{stage}-api-PlaceCanaryOrder*"] if settings_for(stage).canary else []
    )
    actions = {action for actions, _ in statements for action in actions}
    assert not [
        action
        for action in actions - {"sts:AssumeRole", "lambda:InvokeFunction"}
        if not action.partition(":")[2].startswith(("Describe", "Get", "List"))
    ]
    assert not any("*" in action for action in actions)
    assert "secretsmanager:GetSecretValue" not in actions


def test_a_stages_role_describes_every_secret_that_the_settings_name() -> None:
    """Each of its own ARN, that of the canary's client among them."""
    settings = replace(
        settings_for("dev"), payments=Provider("acme", _SECRET), canary=Canary(client=CANARY_CLIENT)
    )
    template, _ = _synthesised(settings, EXAMPLE)
    described = [
        resources
        for actions, resources in _statements(template, "Deploy")
        if "secretsmanager:DescribeSecret" in actions
    ]
    assert described == [sorted([_SECRET, CANARY_CLIENT.secret_arn])]


def test_a_stages_role_may_make_every_call_of_preflight() -> None:
    """Every call of a client in tools/preflight, except one that IAM always allows."""
    source = "".join(file.read_text() for file in (PROJECT / "tools" / "preflight").glob("*.py"))
    assert source
    called = set(re.findall(r"\.((?:describe|get|list)_[a-z_]+)\(", source))
    called |= set(re.findall(r'get_paginator\("([a-z_]+)"\)', source))
    called -= {"get_paginator", "get_caller_identity"}
    with_edge = replace(settings_for("dev"), region="eu-west-1", lambda_authoriser=True, edge=EDGE)
    allowed = {
        action.partition(":")[2]
        for template, _ in (_of("prod"), _synthesised(with_edge, EXAMPLE))
        for actions, _ in _statements(template, "Deploy")
        for action in actions
    }
    assert {"".join(word.title() for word in call.split("_")) for call in called} <= allowed


def test_a_pull_request_reads_the_stages_templates_and_nothing_else() -> None:
    template, _ = _of(COMPARED_STAGE)
    ((actions, resources),) = _statements(template, "Compare")
    assert set(actions) == {"cloudformation:DescribeStacks", "cloudformation:GetTemplate"}
    (resource,) = resources
    stacks = resource.partition(":stack/")[2]
    assert fnmatchcase(f"orders-{COMPARED_STAGE}-data/1", stacks)
    assert not fnmatchcase("orders-prod-data/1", stacks)


@pytest.mark.parametrize("stage", DEPLOYED)
def test_iam_knows_each_action_and_the_resources_it_takes(stage: str) -> None:
    """Of the trust policies, parliament does not know GitHub's conditions: the tests above show them."""
    template, _ = _of(stage)
    resources = {
        id: resource
        for id, resource in template["Resources"].items()
        if resource["Type"] == "AWS::IAM::Policy"
    }
    assert resources
    assert policies.check([Template(stage, "delivery", {"Resources": resources})]) == []


@pytest.mark.parametrize("stage", DEPLOYED)
def test_the_stack_breaks_no_rule(stage: str) -> None:
    assert _of(stage)[1] == []


# -- the identity provider ---------------------------------------------------------------------------


def test_github_becomes_a_provider_only_where_the_setting_names_the_stage() -> None:
    """An account can have one provider for each issuer (IAM and AWS STS quotas)."""
    having = [
        stage
        for stage in DEPLOYED
        if any(each["Type"] == "AWS::IAM::OIDCProvider" for each in _of(stage)[0]["Resources"].values())
    ]
    assert having == sorted(EXAMPLE.new_provider_in)


def test_the_provider_is_kept_when_the_setting_is_turned_off() -> None:
    """Other roles of the account may trust it. A failed creation leaves nothing behind."""
    (provider,) = (
        each for each in _of("dev")[0]["Resources"].values() if each["Type"] == "AWS::IAM::OIDCProvider"
    )
    assert provider["DeletionPolicy"] == "RetainExceptOnCreate"
    assert provider["UpdateReplacePolicy"] == "Retain"
    assert "ThumbprintList" not in provider["Properties"]


def test_the_roles_are_the_same_with_a_new_provider_and_with_the_accounts() -> None:
    settings = settings_for("dev")
    with_new, _ = _synthesised(settings, EXAMPLE)
    without, _ = _synthesised(settings, replace(EXAMPLE, new_provider_in=frozenset()))
    assert _roles(with_new) == _roles(without)


@pytest.mark.parametrize(
    ("changed", "certificate"),
    [
        ({"lambda_authoriser": True, "edge": EDGE}, EDGE.certificate_arn),
        ({"web_client": WebClient(), "web": WEB}, WEB.certificate_arn),
    ],
    ids=["edge", "web"],
)
def test_role_of_a_stage_with_a_distribution_deploys_to_us_east_1_too(
    changed: dict[str, Any], certificate: str
) -> None:
    template, findings = _synthesised(replace(settings_for("dev"), region="eu-west-1", **changed), EXAMPLE)
    statements = list(_statements(template, "Deploy"))
    (assumed,) = (resources for actions, resources in statements if actions == ["sts:AssumeRole"])
    regions = {arn.rsplit("-role-", 1)[1].split("-", 1)[1] for arn in assumed}
    assert regions == {"eu-west-1", "us-east-1"}
    checked = {actions[0]: resources for actions, resources in statements}
    assert checked["acm:DescribeCertificate"] == [certificate]
    assert "us-east-1" in checked["ssm:GetParameter"][0]
    assert findings == []


# -- settings ----------------------------------------------------------------------------------------


def test_no_workflow_deploys_before_an_owner_names_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    assert DELIVERY is None
    monkeypatch.delenv("CDK_CONTEXT_JSON", raising=False)
    with pytest.raises(SystemExit, match=r'set DELIVERY in stacks/delivery.py.*repository="owner/name"'):
        main()


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"repository": "orders"}, "owner/name"),
        ({"repository": "owner/*"}, "owner/name"),
        ({"repository": "owner/name:environment:prod"}, "owner/name"),
        ({"repository": "https://github.com/owner/name"}, "owner/name"),
        ({"repository_id": None}, "set both or neither"),
        ({"owner_id": None}, "set both or neither"),
        ({"owner_id": 0}, "0 is not a number"),
        ({"new_provider_in": frozenset({"local"})}, "choose from dev, prod, staging"),
        ({"new_provider_in": frozenset({"test"})}, "test: choose from"),
    ],
)
def test_an_invalid_setting_is_refused_with_its_fix(changed: Json, named: str) -> None:
    (problem,) = problems(replace(EXAMPLE, **changed))
    assert named in problem
    with pytest.raises(SystemExit, match=r"stacks/delivery\.py"):
        DeliveryStack(App(), settings_for("dev"), replace(EXAMPLE, **changed))


def test_the_example_has_no_problem() -> None:
    assert list(problems(EXAMPLE)) == []
