"""cdk-nag's packs for NIST 800-53 (revision 5) and PCI DSS (3.2.1): a report that never fails the audit.

    .venv/bin/python -m tools.audit.conformance prod

The packs require decisions that depend on the organisation (keys, networks, backups, replication), so a stage
need not pass them. If you are audited by one of these standards, the report lists the open points.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aws_cdk import App, Validations
from cdk_nag import NIST80053R5Checks, PCIDSS321Checks

from stacks import layers, web_build
from stacks.settings import Settings, settings_for
from stacks.settings.protection import with_examples
from stacks.stage import OrdersStage

_PROJECT = Path(__file__).resolve().parent.parent.parent


def report(settings: Settings) -> Any:
    """Returns the validation report of a stage, synthesised with both packs and without `stacks.nag`."""
    context = json.loads((_PROJECT / "cdk.json").read_text())["context"]
    with tempfile.TemporaryDirectory() as directory:
        app = App(
            outdir=directory,
            context=context,
            post_cli_context={"@aws-cdk/core:failSynthOnValidationErrors": False},
            # CDK's own rules are checked by `cdk synth`.
            builtin_cloud_formation_validation=False,
            analytics_reporting=False,
        )
        OrdersStage(
            app,
            settings,
            layers=layers.build(settings),
            built_web=web_build.build() if settings.web else None,
        )
        Validations.of(app).add_plugins(NIST80053R5Checks(app), PCIDSS321Checks(app))
        app.synth()
        return json.loads(Path(directory, "validation-report.json").read_text())


def lines(found: Any) -> Iterator[str]:
    """Yields a line for each pack, and one for each of its rules that is not met."""
    for pack in found["pluginReports"]:
        violations = sorted(pack["violations"], key=lambda each: str(each["ruleName"]))
        yield f"{pack['pluginName']}: {len(violations)} rules are not met"
        for violation in violations:
            count = len(violation["violatingConstructs"])
            text = violation["description"].partition(" - (Control")[0]
            yield f"  {count:3} x {violation['ruleName'].removeprefix(pack['pluginName'] + '-')}: {text}"


if __name__ == "__main__":
    for line in lines(report(with_examples(settings_for(sys.argv[1])))):
        print(line)
