"""The CDK app: synthesises one stage, the one `-c stage=` names (dev when none is named)."""

import aws_cdk as cdk

from stacks import layers, nag
from stacks.settings import settings_for
from stacks.stage import OrdersStage

app = cdk.App()
settings = settings_for(
    stage=app.node.try_get_context("stage") or "dev",
    issuer=app.node.try_get_context("issuer"),
    own_authoriser=app.node.try_get_context("own-authoriser") == "true",
    cores=int(app.node.try_get_context("cores") or 0),
)
OrdersStage(app, settings, layers=layers.build(settings.stage))
nag.add_checks(app)
nag.fail_on_findings(app.synth())
