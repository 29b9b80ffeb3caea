"""The checks of an account before a deployment, and their findings."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from stacks.settings import (
    STAGES,
    Canary,
    CustomerKey,
    MailSettings,
    Provider,
    Settings,
    TrustedIssuer,
    UserPoolPlan,
    WarmThroughput,
    WebClient,
)
from tests.infra.switches import CANARY_CLIENT, EDGE, WEB, turned
from tests.synth import synthesised
from tools.preflight.account import needed_concurrency
from tools.preflight.checks import check
from tools.preflight.finding import Finding

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-AbCdEf"


@pytest.fixture(autouse=True)
def _region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")


class _NotFound(Exception):
    pass


@dataclass
class Account:
    """An account as the SDK shows it."""

    number: str = "123456789012"
    concurrency: int = 1000
    identities: dict[str, bool] = field(default_factory=dict)
    production: bool = True
    secrets: frozenset[str] = frozenset()
    stacks: list[dict[str, Any]] = field(default_factory=list)
    resources: list[dict[str, Any]] = field(default_factory=list)
    """Of each of its stacks."""
    certificate: dict[str, Any] | None = None
    """The certificate in us-east-1."""
    table: dict[str, Any] = field(default_factory=dict)
    """What DynamoDB says of the stage's table."""
    bootstrapped: bool = True
    """Whether us-east-1 is."""
    stacks_of_distributions: list[dict[str, Any]] = field(default_factory=list)
    """Those of us-east-1."""

    def client(self, service: str) -> Any:
        """A client of `service` with the calls that are made."""
        return {
            "sts": SimpleNamespace(get_caller_identity=lambda: {"Account": self.number}),
            "lambda": SimpleNamespace(
                get_account_settings=lambda: {
                    "AccountLimit": {
                        "UnreservedConcurrentExecutions": self.concurrency,
                        "ConcurrentExecutions": self.concurrency,
                    }
                }
            ),
            "sesv2": SimpleNamespace(
                exceptions=SimpleNamespace(NotFoundException=_NotFound),
                get_email_identity=self._identity,
                get_account=lambda: {
                    "ProductionAccessEnabled": self.production,
                    "SendingEnabled": True,
                    "SendQuota": {"MaxSendRate": 14.0},
                },
            ),
            "secretsmanager": SimpleNamespace(
                exceptions=SimpleNamespace(ResourceNotFoundException=_NotFound),
                describe_secret=self._secret,
            ),
            "ssm@us-east-1": SimpleNamespace(
                exceptions=SimpleNamespace(ParameterNotFound=_NotFound), get_parameter=self._parameter
            ),
            "acm@us-east-1": SimpleNamespace(
                exceptions=SimpleNamespace(ResourceNotFoundException=_NotFound),
                describe_certificate=self._certificate,
            ),
            "dynamodb": SimpleNamespace(describe_table=lambda TableName: {"Table": self.table}),
            "cloudformation": SimpleNamespace(
                get_paginator=lambda name: SimpleNamespace(
                    paginate=lambda **asked: [
                        {"Stacks": self.stacks, "StackResourceSummaries": self.resources}
                    ]
                )
            ),
            "cloudformation@us-east-1": SimpleNamespace(
                get_paginator=lambda name: SimpleNamespace(
                    paginate=lambda **asked: [{"Stacks": self.stacks_of_distributions}]
                )
            ),
        }[service]

    def _identity(self, EmailIdentity: str) -> dict[str, bool]:
        if EmailIdentity not in self.identities:
            raise _NotFound
        return {"VerifiedForSendingStatus": self.identities[EmailIdentity]}

    def _parameter(self, Name: str) -> None:
        assert Name == "/cdk-bootstrap/hnb659fds/version"
        if not self.bootstrapped:
            raise _NotFound

    def _certificate(self, CertificateArn: str) -> dict[str, Any]:
        assert CertificateArn in (EDGE.certificate_arn, WEB.certificate_arn)
        if self.certificate is None:
            raise _NotFound
        return {"Certificate": self.certificate}

    def _secret(self, SecretId: str) -> None:
        if SecretId not in self.secrets:
            raise _NotFound


def _failed(settings: Settings, account: Account) -> list[Finding]:
    return [finding for finding in check(settings, account.client) if finding.remedy]


def _remedies(settings: Settings, account: Account) -> Iterator[str]:
    yield from (finding.remedy or "" for finding in _failed(settings, account))


def test_preflight_passes_an_account_that_has_everything() -> None:
    settings = replace(
        STAGES["dev"],
        mail=MailSettings("orders@shop.example", "shop.example"),
        payments=Provider("acme", SECRET),
    )
    account = Account(identities={"shop.example": True}, secrets=frozenset({SECRET}))
    assert _failed(settings, account) == []


def test_preflight_names_too_few_concurrent_executions() -> None:
    (remedy,) = _remedies(STAGES["dev"], Account(concurrency=10))
    assert str(needed_concurrency(STAGES["dev"])) in remedy
    assert "Service Quotas" in remedy


def test_each_driver_needs_itself_and_two_steps_for_each_of_ten_orders() -> None:
    one, two = (needed_concurrency(replace(STAGES["dev"], max_concurrent_drivers=n)) for n in (1, 2))
    assert two - one == 21


def test_concurrency_includes_the_function_that_works_through_customers_jobs() -> None:
    mapping = synthesised("dev").resources("AWS::Lambda::EventSourceMapping", of="privacy")
    (jobs,) = (each.properties["ScalingConfig"]["MaximumConcurrency"] for each in mapping)
    assert needed_concurrency(replace(STAGES["dev"], max_concurrent_drivers=0)) == 20 + jobs


def test_preflight_of_another_account_reports_only_that() -> None:
    settings = replace(STAGES["dev"], account="222222222222", region="eu-west-1")
    (finding,) = check(settings, Account().client)
    assert "222222222222" in (finding.remedy or "")


def test_preflight_names_another_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    settings = replace(STAGES["dev"], account="123456789012", region="eu-west-1")
    (finding,) = check(settings, Account().client)
    assert "eu-west-1" in (finding.remedy or "")


def test_preflight_lifts_deletion_protection_before_deleting_a_stack() -> None:
    """CloudFormation rolls a failed creation back, and DynamoDB and Cognito refuse: ROLLBACK_FAILED."""
    (remedy,) = _remedies(
        STAGES["dev"],
        Account(
            stacks=[{"StackName": "orders-dev-data", "StackStatus": "ROLLBACK_FAILED"}],
            resources=[
                {"ResourceType": kind, "PhysicalResourceId": name, "ResourceStatus": status}
                for kind, name, status in (
                    ("AWS::DynamoDB::Table", "table-1", "DELETE_FAILED"),
                    ("AWS::DynamoDB::Table", "table-2", "DELETE_COMPLETE"),
                    ("AWS::Cognito::UserPool", "pool-1", "DELETE_FAILED"),
                    ("AWS::S3::Bucket", "bucket-1", "DELETE_FAILED"),
                )
            ],
        ),
    )
    assert "update-table --no-deletion-protection-enabled --table-name table-1" in remedy
    assert "update-user-pool --deletion-protection INACTIVE --user-pool-id pool-1" in remedy
    assert "table-2" not in remedy
    assert remedy.index("table-1") < remedy.index("delete-stack")


def test_preflight_names_an_unverified_sender_and_the_ses_sandbox() -> None:
    settings = replace(STAGES["dev"], mail=MailSettings("orders@shop.example", "shop.example"))
    for identities in ({}, {"shop.example": False}):
        remedies = list(_remedies(settings, Account(identities=identities, production=False)))
        assert ["verify shop.example" in remedies[0], "production access" in remedies[1]] == [True, True]


def test_preflight_names_a_sending_rate_that_ses_does_not_allow() -> None:
    mail = MailSettings("orders@shop.example", "shop.example", max_concurrency=20, sending_rate=100)
    settings, account = replace(STAGES["dev"], mail=mail), Account(identities={"shop.example": True})
    (finding,) = _failed(settings, account)
    assert finding.found == "SES sends 14 mails a second"
    assert "`sending_rate=14`" in (finding.remedy or "")
    assert "expect 100" in (finding.remedy or "")


_NAMES_A_SECRET: dict[str, Any] = {
    "payments": Provider("acme", SECRET),
    "shipping": Provider("acme", SECRET),
    "additional_issuers": (
        TrustedIssuer(url="https://a.example", audience=("a",), algorithms=("HS256",), secret_arn=SECRET),
    ),
    "canary": Canary(client=replace(CANARY_CLIENT, secret_arn=SECRET)),
}


@pytest.mark.parametrize("setting", _NAMES_A_SECRET)
def test_preflight_names_a_missing_secret_of_any_setting(setting: str) -> None:
    settings = replace(STAGES["dev"], **{setting: _NAMES_A_SECRET[setting]})
    (finding,) = _failed(settings, Account())
    assert SECRET in finding.found


ISSUED = {"Status": "ISSUED", "DomainName": "*.shop.example", "SubjectAlternativeNames": ["*.shop.example"]}


def _at_the_edge(**account: Any) -> list[Finding]:
    settings = replace(STAGES["dev"], region="eu-west-1", lambda_authoriser=True, edge=EDGE)
    return _failed(settings, Account(**account))


def test_preflight_passes_an_issued_certificate_that_covers_the_aliases_of_the_edge() -> None:
    assert _at_the_edge(certificate=ISSUED) == []


@pytest.mark.parametrize(
    ("certificate", "found", "remedy"),
    [
        (None, "no certificate arn:aws:acm:us-east-1:", "request it there"),
        (ISSUED | {"Status": "PENDING_VALIDATION"}, "is PENDING_VALIDATION", "add the DNS records"),
        (ISSUED | {"SubjectAlternativeNames": ["shop.example"]}, "for shop.example", "api.shop.example too"),
        (ISSUED | {"SubjectAlternativeNames": ["*.example"]}, "for *.example", "api.shop.example too"),
    ],
)
def test_preflight_names_a_certificate_that_cloudfront_would_refuse(
    certificate: dict[str, Any] | None, found: str, remedy: str
) -> None:
    (finding,) = _at_the_edge(certificate=certificate)
    assert found in finding.found
    assert remedy in (finding.remedy or "")


def test_preflight_names_the_missing_bootstrap_of_the_edges_region() -> None:
    (finding,) = _at_the_edge(certificate=ISSUED, bootstrapped=False)
    assert "us-east-1" in finding.found
    assert "cdk bootstrap aws://ACCOUNT/us-east-1" in (finding.remedy or "")


def _with_the_web_application(**account: Any) -> list[Finding]:
    settings = replace(STAGES["dev"], region="eu-west-1", web_client=WebClient(), web=WEB)
    return _failed(settings, Account(**account))


def test_preflight_checks_the_certificate_and_the_bootstrap_of_the_web_application() -> None:
    both = ISSUED | {"SubjectAlternativeNames": ["shop.example", "www.shop.example"]}
    assert _with_the_web_application(certificate=both) == []
    (finding,) = _with_the_web_application(certificate=ISSUED)
    assert "the certificate of web is ISSUED, for *.shop.example" in finding.found
    assert "shop.example too" in (finding.remedy or "")
    (finding,) = _with_the_web_application(certificate=both, bootstrapped=False)
    assert "us-east-1" in finding.found


def test_preflight_names_a_failed_stack_of_the_distributions_region() -> None:
    both = ISSUED | {"SubjectAlternativeNames": ["shop.example", "www.shop.example"]}
    failed = {"StackName": "orders-dev-web", "StackStatus": "ROLLBACK_FAILED"}
    (finding,) = _with_the_web_application(certificate=both, stacks_of_distributions=[failed])
    assert "delete-stack --region us-east-1 --stack-name orders-dev-web" in (finding.remedy or "")


def test_preflight_shows_how_to_delete_a_stack_that_failed() -> None:
    stacks: list[dict[str, Any]] = [
        {"StackName": "orders-dev-data", "StackStatus": "CREATE_COMPLETE"},
        {
            "StackName": "orders-dev-api",
            "StackStatus": "ROLLBACK_COMPLETE",
            "EnableTerminationProtection": True,
        },
        {"StackName": "orders-dev-saga", "StackStatus": "ROLLBACK_COMPLETE"},
        {"StackName": "orders-prod-api", "StackStatus": "ROLLBACK_COMPLETE"},
    ]
    api, saga = _remedies(STAGES["dev"], Account(stacks=stacks))
    assert "--no-enable-termination-protection" in api
    assert "delete-stack --stack-name orders-dev-api" in api
    assert "termination-protection" not in saga
    assert "delete-stack --stack-name orders-dev-saga" in saga


def test_a_hundred_concurrent_executions_stay_unreserved() -> None:
    """Lambda refuses to reserve them ("Configuring reserved concurrency for a function")."""
    account = Account(concurrency=1000)
    reserving = replace(STAGES["dev"], reserved_concurrency={"list_products": 900})
    assert _failed(reserving, account) == []
    (finding,) = _failed(replace(reserving, reserved_concurrency={"list_products": 901}), account)
    assert finding.remedy
    assert "lower `reserved_concurrency` of stage dev, or ask for 1001 or more" in finding.remedy


def _deployed(switch: str) -> Account:
    """An account in which stage dev is deployed with a switch turned."""
    stacks: list[dict[str, Any]] = [
        {
            "StackName": f"orders-dev-{stack}",
            "StackStatus": "UPDATE_COMPLETE",
            "Outputs": [
                {"OutputKey": name, "OutputValue": output["Value"]}
                for name, output in template.get("Outputs", {}).items()
            ],
        }
        for stack, template in turned("dev", switch).templates.items()
    ]
    return Account(stacks=stacks)


_ON, _PREPARED = CustomerKey(), CustomerKey(new_data=False)


@pytest.mark.parametrize(
    ("switch", "key"),
    [
        ("as it is", None),
        ("as it is", _PREPARED),
        ("customer key, not for new data", _ON),
        ("customer key, not for new data", None),
        ("customer key", _ON),
        ("customer key", _PREPARED),
        ("customer key", CustomerKey(new_data=False, numbers=(1, 2))),
    ],
)
def test_preflight_passes_each_step_of_the_way_to_a_key_and_back(
    switch: str, key: CustomerKey | None
) -> None:
    assert _failed(replace(STAGES["dev"], encryption=key), _deployed(switch)) == []


@pytest.mark.parametrize(
    ("switch", "key", "first"),
    [
        ("as it is", _ON, _PREPARED),
        ("customer key", CustomerKey(numbers=(1, 2)), CustomerKey(new_data=False, numbers=(1, 2))),
        ("customer key", None, _PREPARED),
        (
            "customer key",
            CustomerKey(new_data=False, numbers=(2,)),
            CustomerKey(new_data=False, numbers=(1, 2)),
        ),
    ],
)
def test_preflight_refuses_a_change_of_the_key_in_one_step(
    switch: str, key: CustomerKey | None, first: CustomerKey
) -> None:
    (remedy,) = _remedies(replace(STAGES["dev"], encryption=key), _deployed(switch))
    assert f"deploy encryption={first} first" in remedy


def test_preflight_ignores_the_stack_of_images_in_a_stage_that_no_longer_has_them() -> None:
    """The stack stays deployed, but nothing uses it, so it needs no permission to use the key."""
    account = _deployed("customer key, not for new data")
    (media,) = (stack for stack in account.stacks if stack["StackName"] == "orders-dev-media")
    media["Outputs"] = [each for each in media["Outputs"] if each["OutputKey"] != "MayUseKeys"]
    assert _failed(replace(STAGES["dev"], encryption=_ON, media=None), account) == []
    (remedy,) = _remedies(replace(STAGES["dev"], encryption=_ON), account)
    assert f"deploy encryption={_PREPARED} first" in remedy


def test_preflight_passes_a_key_of_a_stage_that_is_not_deployed() -> None:
    assert _failed(replace(STAGES["dev"], encryption=_ON), Account()) == []


def test_preflight_refuses_a_lower_plan_while_its_features_are_used() -> None:
    stack = {
        "StackName": "orders-dev-identity",
        "StackStatus": "UPDATE_COMPLETE",
        "Outputs": [{"OutputKey": "UsesEssentials", "OutputValue": "yes"}],
    }
    account = Account(stacks=[stack])
    (remedy,) = _remedies(STAGES["dev"], account)
    assert "managed_login=False" in remedy
    assert _failed(replace(STAGES["dev"], user_pool_plan=UserPoolPlan.ESSENTIALS), account) == []
    assert _failed(STAGES["dev"], Account(stacks=[stack | {"Outputs": []}])) == []


DATA = {
    "StackName": "orders-dev-data",
    "StackStatus": "UPDATE_COMPLETE",
    "Outputs": [{"OutputKey": "TableName", "OutputValue": "orders"}],
}


def _warm(reads: int, writes: int) -> dict[str, Any]:
    return {
        "WarmThroughput": {"ReadUnitsPerSecond": reads, "WriteUnitsPerSecond": writes, "Status": "ACTIVE"}
    }


@pytest.mark.parametrize(
    ("table", "index", "refused"),
    [
        (_warm(12_000, 4_000), _warm(12_000, 4_000), []),
        (_warm(20_000, 10_000), _warm(20_000, 10_000), []),
        (_warm(20_001, 4_000), _warm(12_000, 4_000), ["the table"]),
        (_warm(12_000, 4_000), _warm(12_000, 10_001), ["index GSI1"]),
        ({}, {}, []),
    ],
)
def test_preflight_refuses_to_lower_the_warm_throughput(
    table: dict[str, Any], index: dict[str, Any], refused: list[str]
) -> None:
    """AWS does not lower it ("Understanding DynamoDB warm throughput")."""
    settings = replace(STAGES["dev"], warm_throughput=WarmThroughput(20_000, 10_000))
    # The index of categories has no setting of its own, so what it has grown to does not matter.
    indexes = [{"IndexName": "GSI1", **index}, {"IndexName": "GSI3", **_warm(90_000, 90_000)}]
    account = Account(stacks=[DATA], table={**table, "GlobalSecondaryIndexes": indexes})
    found = _failed(settings, account)
    assert [finding.found.partition(" has ")[0] for finding in found] == refused
    assert all("set `warm_throughput=None`" in (finding.remedy or "") for finding in found)


def test_preflight_accepts_a_deployed_warm_throughput_that_traffic_has_raised() -> None:
    """CloudFormation changes nothing then, and DynamoDB raises the value itself ("Understanding DynamoDB warm
    throughput")."""
    deployed = {"OutputKey": "WarmThroughput", "OutputValue": "20000 reads, 10000 writes"}
    stack = DATA | {"Outputs": [*DATA["Outputs"], deployed]}
    account = Account(stacks=[stack], table=_warm(40_000, 20_000))
    settings = replace(STAGES["dev"], warm_throughput=WarmThroughput(20_000, 10_000))
    assert _failed(settings, account) == []
    assert [f.found for f in check(settings, account.client) if "warm throughput" in f.found] == [
        "the table has a warm throughput of 40000 reads and 20000 writes a second, raised by its traffic"
    ]
    # A changed setting would lower it.
    (remedy,) = _remedies(replace(settings, warm_throughput=WarmThroughput(30_000, 20_000)), account)
    assert "set `warm_throughput=None`" in remedy


def test_warm_throughput_of_a_stage_without_a_table_is_not_asked_for() -> None:
    settings = replace(STAGES["dev"], warm_throughput=WarmThroughput(20_000, 10_000))
    assert _failed(settings, Account()) == []
