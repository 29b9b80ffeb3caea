"""The roles with which GitHub's workflows deploy a stage. A CDK app of its own, which no workflow deploys.

    make bootstrap-delivery STAGE=dev

An administrator deploys the stack `orders-delivery-<stage>` once, before the first workflow runs, and again
when a setting of `DELIVERY` or a provider's secret changes. `docs/delivery.md` describes the order.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks import nag
from stacks.settings import (
    STAGES,
    US_EAST_1,
    DistributionSettings,
    Settings,
    distributions_of,
    settings_for,
)
from stacks.settings.protection import require_account, require_complete, with_examples
from stacks.stack import cost_tags

_ISSUER: Final = "token.actions.githubusercontent.com"
_AUDIENCE: Final = "sts.amazonaws.com"
# The qualifier of `cdk bootstrap` without options, which is part of the names of its roles.
_QUALIFIER: Final = "hnb659fds"
# The roles that `cdk deploy` of this app uses: it has no container images, and no lookups in the account.
_BOOTSTRAP_ROLES: Final = ("deploy", "file-publishing")

COMPARED_STAGE: Final = "dev"
"""The stage that a pull request is compared with."""

# GitHub's rules for names of owners and repositories. Neither a wildcard nor a colon is possible in them.
_REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?/[\w.-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """The GitHub repository that deploys the stages."""

    repository: str
    """`owner/name`."""
    owner_id: int | None = None
    repository_id: int | None = None
    """The ids of the owner and of the repository, if GitHub writes them into its tokens.

    It does so for repositories created or renamed after June 18, 2026 ("Immutable subject claims", GitHub
    Docs).
    """
    new_provider_in: frozenset[str] = frozenset()
    """The stages whose stack creates GitHub's identity provider in its account.

    An account can have only one provider for each issuer. Name one stage of each account without a provider.
    The provider is retained when the stage is no longer named.
    """

    def subject(self, context: str) -> str:
        """Returns the `sub` claim of a token for `context`: `environment:dev`, or `pull_request`."""
        owner, _, name = self.repository.partition("/")
        if self.owner_id is not None and self.repository_id is not None:
            owner, name = f"{owner}@{self.owner_id}", f"{name}@{self.repository_id}"
        return f"repo:{owner}/{name}:{context}"


# None: no workflow deploys. Set it to the repository, for example DeliverySettings(repository="owner/name").
DELIVERY: Final[DeliverySettings | None] = None
EXAMPLE: Final = DeliverySettings(
    repository="example/orders", owner_id=1, repository_id=2, new_provider_in=frozenset({"dev"})
)


def problems(delivery: DeliverySettings) -> Iterator[str]:
    """Yields a line for each setting that is invalid, with its fix."""
    if not _REPOSITORY.fullmatch(delivery.repository):
        yield f"- repository: {delivery.repository!r} is not a repository; write owner/name"
    ids = (delivery.owner_id, delivery.repository_id)
    if (None in ids) != (ids == (None, None)):
        yield "- owner_id, repository_id: set both or neither; `gh api repos/OWNER/NAME` prints them"
    for id in ids:
        if id is not None and id < 1:
            yield f"- owner_id, repository_id: {id} is not a number that GitHub gives"
    deployable = {stage for stage, settings in STAGES.items() if not settings.local}
    if unknown := delivery.new_provider_in - deployable:
        yield f"- new_provider_in: {', '.join(sorted(unknown))}: choose from {', '.join(sorted(deployable))}"


class DeliveryStack(cdk.Stack):
    """GitHub as an identity provider, and the roles that its workflows assume for one stage.

    Raises SystemExit if a setting of `delivery` is invalid.
    """

    def __init__(self, scope: Construct, settings: Settings, delivery: DeliverySettings) -> None:
        if found := list(problems(delivery)):
            raise SystemExit("\n".join(["The delivery is not valid (stacks/delivery.py):", *found]))
        super().__init__(
            scope,
            f"orders-delivery-{settings.stage}",
            description=f"The roles by which GitHub deploys stage {settings.stage}",
            env=cdk.Environment(account=settings.account, region=settings.region),
            termination_protection=settings.protected,
        )
        self._settings = settings
        self._delivery = delivery
        self._provider = self._new_provider() if settings.stage in delivery.new_provider_in else None
        self._deploying_role()
        if settings.stage == COMPARED_STAGE:
            self._comparing_role()
        for key, value in cost_tags(settings).items():
            cdk.Tags.of(self).add(key, value)

    def _new_provider(self) -> iam.CfnOIDCProvider:
        # Without thumbprints: IAM checks GitHub's certificate by its own authorities ("Create an OpenID
        # Connect (OIDC) identity provider in IAM").
        provider = iam.CfnOIDCProvider(self, "GitHub", url=f"https://{_ISSUER}", client_id_list=[_AUDIENCE])
        # Roles of other stages and of other projects may trust it.
        provider.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        return provider

    def _deploying_role(self) -> None:
        """Add a role that may run `make preflight`, `make diff`, `make deploy` and `make smoke`."""
        role = self._role("Deploy", f"environment:{self._settings.stage}")
        # The stacks of distributions are in us-east-1.
        distributions = distributions_of(self._settings)
        regions = dict.fromkeys((self.region, *([US_EAST_1] if distributions else [])))
        _allow(
            role,
            ["sts:AssumeRole"],
            [
                self._arn("iam", "role", f"cdk-{_QUALIFIER}-{name}-role-{self.account}-{region}", region="")
                for region in regions
                for name in _BOOTSTRAP_ROLES
            ],
        )
        if distributions:
            self._allow_edge(role, [*distributions.values()])
        # The calls of `tools/preflight`. GetAccountSettings has no resource, and a list of all stacks
        # needs the permission for every stack ("Actions, resources, and condition keys").
        _allow(role, ["lambda:GetAccountSettings", "cloudformation:DescribeStacks"], ["*"])
        _allow(role, ["cloudformation:ListStackResources"], [self._stacks()])
        table = self._arn("dynamodb", "table", f"orders-{self._settings.stage}-data-*")
        _allow(role, ["dynamodb:DescribeTable"], [table])
        if named := self._settings.named_secrets:
            _allow(role, ["secretsmanager:DescribeSecret"], [*named])
        if self._settings.mail:
            _allow(role, ["ses:GetAccount"], ["*"])
            _allow(
                role, ["ses:GetEmailIdentity"], [self._arn("ses", "identity", self._settings.mail.identity)]
            )
        self._suppress_wildcards(role, "*", "These actions have no resource; all of them only read.")
        self._suppress_wildcards(role, self._stacks(), "It may read what every stack of the stage contains.")
        if self._settings.canary:
            name = f"orders-{self._settings.stage}-api-PlaceCanaryOrder*"
            canary = self.format_arn(
                service="lambda",
                resource="function",
                resource_name=name,
                arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
            )
            _allow(role, ["lambda:InvokeFunction"], [canary])
            self._suppress_wildcards(role, canary, "CloudFormation names the function of canary orders.")
        self._suppress_wildcards(role, table, "CloudFormation names the table; the action reads no data.")

    def _allow_edge(self, role: iam.Role, distributions: Sequence[DistributionSettings]) -> None:
        """Allow the checks of `tools/preflight` in the region of distributions."""
        parameter = self.format_arn(
            service="ssm",
            region=US_EAST_1,
            resource="parameter",
            resource_name=f"cdk-bootstrap/{_QUALIFIER}/version",
        )
        _allow(role, ["ssm:GetParameter"], [parameter])
        if named := sorted({each.certificate_arn for each in distributions if each.certificate_arn}):
            _allow(role, ["acm:DescribeCertificate"], named)

    def _comparing_role(self) -> None:
        """Add a role that may run `make diff` in a pull request: it reads the stage's templates, and no data.

        `cdk diff` would prefer to assume the lookup role, which may read everything in the account, orders
        included. This role may not assume it, so the CDK CLI uses this role's credentials.
        """
        role = self._role("Compare", "pull_request")
        _allow(role, ["cloudformation:DescribeStacks", "cloudformation:GetTemplate"], [self._stacks()])
        self._suppress_wildcards(
            role, self._stacks(), "It may read the template of every stack of the stage."
        )

    def _role(self, id: str, context: str) -> iam.Role:
        provider = self._arn("iam", "oidc-provider", _ISSUER, region="")
        role = iam.Role(
            self,
            id,
            description=f"{id}s stage {self._settings.stage} of {self._delivery.repository} from GitHub",
            assumed_by=iam.FederatedPrincipal(
                provider,
                {
                    "StringEquals": {
                        f"{_ISSUER}:aud": _AUDIENCE,
                        f"{_ISSUER}:sub": self._delivery.subject(context),
                    }
                },
                "sts:AssumeRoleWithWebIdentity",
            ),
        )
        if self._provider:
            role.node.add_dependency(self._provider)
        cdk.CfnOutput(self, f"{id}RoleArn", value=role.role_arn)
        return role

    def _suppress_wildcards(self, role: iam.Role, resource: str, reason: str) -> None:
        # cdk-nag writes a reference as <its name>.
        resolved = self.resolve(resource)
        parts = [resolved] if isinstance(resolved, str) else resolved["Fn::Join"][1]
        text = "".join(part if isinstance(part, str) else f"<{part['Ref']}>" for part in parts)
        nag.suppress_nag(
            role.node.find_child("DefaultPolicy"), f"AwsSolutions-IAM5[Resource::{text}]", reason
        )

    def _stacks(self) -> str:
        return self._arn("cloudformation", "stack", f"orders-{self._settings.stage}-*/*")

    def _arn(self, service: str, resource: str, name: str, region: str | None = None) -> str:
        return self.format_arn(service=service, region=region, resource=resource, resource_name=name)


def _allow(role: iam.Role, actions: list[str], resources: list[str]) -> None:
    role.add_to_policy(iam.PolicyStatement(actions=actions, resources=resources))


def main() -> None:
    """Synthesise the stack of the stage that `-c stage=` names."""
    app = cdk.App()
    settings = settings_for(app.node.try_get_context("stage") or "dev")
    delivery = DELIVERY
    # As in app.py: with -c example=true, example values for what is not set yet.
    if app.node.try_get_context("example") == "true":
        settings, delivery = with_examples(settings), delivery or EXAMPLE
    if delivery is None:
        raise SystemExit(
            "No repository delivers this app: set DELIVERY in stacks/delivery.py, "
            'for example DeliverySettings(repository="owner/name").'
        )
    require_complete(settings)
    require_account(settings, os.environ)
    DeliveryStack(app, settings, delivery)
    nag.add_checks(app)
    nag.fail_on_findings(app.synth())


if __name__ == "__main__":
    main()
