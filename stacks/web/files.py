"""The files of the web application, which each deployment writes into the bucket.

The function of aws-cdk-lib's `BucketDeployment` writes them. Its role may read the files that were uploaded
for the deployment, and list and write the bucket, but it cannot delete anything.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_s3_deployment as deployment

from stacks.acceptances import Checker
from stacks.bucket import PrivateBucket
from stacks.grants import allow
from stacks.nag import accept, suppress_nag
from stacks.stack import AWS_KEY, OrderStack, removal_policy
from stacks.web.headers import cache_control
from stacks.wildcards import WEB_FILES, WEB_SOURCES

ASSETS: Final = "assets/"
"""The folder of the files whose names contain a hash of their content (`web/vite.config.ts`)."""
CONFIG: Final = "config.json"

_ROLE = "aws-cdk-lib names the role, which it refers to already."
_ONCE = "aws-cdk-lib's own function. CloudFormation runs it during a deployment, and reports its errors."


def deploy_files(
    stack: OrderStack,
    bucket: PrivateBucket,
    distribution: cloudfront.Distribution,
    *,
    built: Path,
    config: Mapping[str, str],
) -> None:
    """Write the built files and `config.json` into the bucket, each with its `Cache-Control`.

    The assets are written first, so that no page names a script that does not exist yet. Nothing is deleted:
    a page that was opened before the deployment still loads the scripts and pictures of its release.

    `built` is the folder of `stacks.web_build`, whose name is a hash of the sources.
    """
    asset = assets.Asset(stack, "Files", path=str(built), asset_hash=built.name)
    source = deployment.Source.bucket(asset.bucket, asset.s3_object_key)
    log_group = logs.LogGroup(
        stack,
        "DeploymentLogs",
        retention=stack.settings.log_retention,
        removal_policy=removal_policy(stack.settings),
    )
    accept(log_group, Checker.CHECKOV, "CKV_AWS_158", AWS_KEY)
    role = iam.Role(stack, "DeploymentRole", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    writes = iam.Policy(
        stack,
        "DeploymentPolicy",
        roles=[role],
        statements=[
            allow(list(WEB_SOURCES.actions), asset.bucket.arn_for_objects("*")),
            allow(["s3:ListBucket"], bucket.bucket_arn),
            allow(list(WEB_FILES.actions), bucket.arn_for_objects("*")),
            allow(["logs:CreateLogStream", "logs:PutLogEvents"], log_group.log_group_arn),
        ],
    )
    for wildcard, of in ((WEB_SOURCES, asset.bucket), (WEB_FILES, bucket)):
        suppress_nag(writes, f"AwsSolutions-IAM5[Resource::{_as_reported(stack, of)}/*]", wildcard.reason)
    invalidates = iam.Policy(
        stack,
        "InvalidationPolicy",
        roles=[role],
        statements=[
            allow(
                ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"], distribution.distribution_arn
            )
        ],
    )

    hashed = deployment.BucketDeployment(
        stack,
        "Assets",
        sources=[source],
        destination_bucket=bucket,
        exclude=["*"],
        include=[f"{ASSETS}*"],
        cache_control=[deployment.CacheControl.from_string(cache_control(f"/{ASSETS}"))],
        prune=False,
        role=role.without_policy_updates(),
        log_group=log_group,
        output_object_keys=False,
    )
    # To create the distribution takes minutes, which gives the new policy time to take effect.
    hashed.node.add_dependency(writes, distribution)
    pages = deployment.BucketDeployment(
        stack,
        "Pages",
        sources=[source, deployment.Source.json_data(CONFIG, dict(config))],
        destination_bucket=bucket,
        exclude=[f"{ASSETS}*"],
        cache_control=[deployment.CacheControl.from_string(cache_control("/"))],
        prune=False,
        # `no-cache` makes CloudFront revalidate its copies of these files. The invalidation removes copies
        # that an earlier release has sent with another header.
        distribution=distribution,
        distribution_paths=[f"/{name}" for name in _at_the_root(built)],
        role=role.without_policy_updates(),
        log_group=log_group,
        output_object_keys=False,
    )
    pages.node.add_dependency(hashed, writes, invalidates)
    # Both deployments use the function and the layer of the first one.
    pages.node.try_remove_child("AwsCliLayer")
    _accept(stack)


def _at_the_root(built: Path) -> list[str]:
    return sorted([CONFIG, *(each.name for each in built.iterdir() if each.is_file())])


def _as_reported(stack: OrderStack, bucket: s3.IBucket) -> str:
    """Returns the ARN of a bucket as cdk-nag writes it, which puts references into angle brackets."""

    def text(part: Any) -> str:
        match part:
            case {"Fn::GetAtt": [str(id), str(attribute)]}:
                return f"<{id}.{attribute}>"
            case {"Fn::Join": ["", list(parts)]}:
                return "".join(map(text, parts))
            case {"Fn::Sub": str(template)}:
                return template.replace("${", "<").replace("}", ">")
        return str(part)

    return text(stack.resolve(bucket.bucket_arn))


def _accept(stack: OrderStack) -> None:
    """Accept the findings about aws-cdk-lib's function and its role."""
    (function,) = (each for each in stack.node.children if isinstance(each, lambda_.Function))
    for rule in (
        *("AwsSolutions-L1", "Serverless-LambdaLatestVersion"),
        *("Serverless-LambdaDLQ", "Serverless-LambdaTracing"),
    ):
        suppress_nag(function, rule, _ONCE)
    for number in (115, 116, 117):
        accept(function, Checker.CHECKOV, f"CKV_AWS_{number}", _ONCE)
    accept(function, Checker.CHECKOV, "CKV_AWS_173", "The variable is the path of a file.")
    accept(function, Checker.CFN_LINT, "W3005", _ROLE)
