"""A finding of cdk-nag stops the synthesis."""

from typing import cast

import pytest
from aws_cdk import App, Stack, Stage
from aws_cdk import aws_sqs as sqs

from stacks import nag


@pytest.fixture
def broken() -> App:
    """An app whose one queue breaks several rules."""
    app = App(
        builtin_cloud_formation_validation=False,
        post_cli_context={"@aws-cdk/core:failSynthOnValidationErrors": False},
    )
    sqs.Queue(Stack(Stage(app, "stage"), "stack"), "Plain")
    nag.add_checks(app)
    return app


def _stack(app: App) -> Stack:
    return cast(Stack, app.node.find_child("stage").node.find_child("stack"))


@pytest.mark.slow
def test_a_finding_fails_the_synthesis_with_the_resource_and_the_rule(broken: App) -> None:
    with pytest.raises(SystemExit, match=r"stage/stack/Plain/Resource: AwsSolutions-SQS4"):
        nag.fail_on_findings(broken.synth())


@pytest.mark.slow
def test_suppression_applies_to_its_resource(broken: App) -> None:
    nag.suppress_nag(_stack(broken).node.find_child("Plain"), "AwsSolutions-SQS4", "a test of excuses")
    assert not [finding for finding in nag.findings(broken.synth()) if "SQS4" in finding]


def test_suppression_does_not_apply_to_a_sibling(broken: App) -> None:
    nag.suppress_nag(sqs.Queue(_stack(broken), "Excused"), "AwsSolutions-SQS4", "a test of excuses")
    (finding,) = (finding for finding in nag.findings(broken.synth()) if "SQS4" in finding)
    assert finding.startswith("stage/stack/Plain/")
