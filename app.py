"""The CDK app: synthesises one stage, the one that `-c stage=` names (default: dev)."""

import os

import aws_cdk as cdk

from stacks import layers, nag, web_build
from stacks.settings import settings_for
from stacks.settings.protection import require_account, require_complete, with_examples
from stacks.stage import OrdersStage

app = cdk.App()
settings = settings_for(
    stage=app.node.try_get_context("stage") or "dev",
    issuer=app.node.try_get_context("issuer"),
    engine=app.node.try_get_context("engine"),
    lambda_authoriser=app.node.try_get_context("lambda-authoriser") == "true",
    cores=int(app.node.try_get_context("cores") or 0),
)
# With -c example=true, settings that the owner of a protected stage has not set yet get example values.
if app.node.try_get_context("example") == "true":
    settings = with_examples(settings)
# Check the settings before building the layers, because the build takes a while.
require_complete(settings)
require_account(settings, os.environ)
# The command line of CDK passes the account of the credentials at hand, if there are any.
to_deploy = "CDK_DEFAULT_ACCOUNT" in os.environ
OrdersStage(
    app,
    settings,
    layers=layers.build(settings, to_deploy=to_deploy),
    built_web=web_build.build() if settings.web else None,
)
nag.add_checks(app)
nag.fail_on_findings(app.synth())
