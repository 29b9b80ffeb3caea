"""checkov: several hundred rules on how resources are configured."""

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.toolchains import CHECKOV, prepare
from stacks.acceptances import Checker
from tools.audit.templates import Finding, Template, write_without_acceptances


def check(templates: Sequence[Template]) -> list[Finding]:
    """Returns the failed checks. Installs checkov if needed.

    Raises RuntimeError if checkov fails itself or has not read every resource, and StepFailed if it cannot be
    installed.
    """
    prepare(CHECKOV)
    with tempfile.TemporaryDirectory() as directory:
        write_without_acceptances(templates, Path(directory), Checker.CHECKOV)
        return findings(run(Path(directory)), templates)


def run(directory: Path) -> Any:
    """Returns checkov's report on the templates in a directory."""
    # Run as a module: in a deep folder, the path in the first line of the script `checkov` is too long.
    python = CHECKOV.folder / "bin" / "python"
    ran = subprocess.run(
        [
            *(str(python), "-m", "checkov.main", "--directory", str(directory)),
            *("--framework", "cloudformation", "--output", "json", "--compact"),
            # Do not call the service of checkov's vendor.
            "--skip-download",
        ],
        cwd=directory,
        env=os.environ | {"LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        check=False,
    )
    # 1: there are failed checks.
    if ran.returncode not in (0, 1):
        raise RuntimeError(f"checkov failed: {ran.stderr}")
    return json.loads(ran.stdout)


def findings(report: Any, templates: Sequence[Template]) -> list[Finding]:
    """Returns the failed checks of a report. Raises RuntimeError if it is not about all of the templates."""
    summary = report.get("summary", report)
    resources = sum(len(template.body["Resources"]) for template in templates)
    if summary["parsing_errors"] or summary["resource_count"] != resources:
        raise RuntimeError(f"checkov has not read all of the {resources} resources: {summary}")
    by_name = {f"/{template.name}": template for template in templates}
    return [
        Finding(
            by_name[failed["file_path"]].stage,
            by_name[failed["file_path"]].stack,
            # AWS::SQS::Queue.Orders
            failed["resource"].rpartition(".")[2],
            failed["check_id"],
            failed["check_name"],
        )
        for failed in report["results"]["failed_checks"]
    ]
