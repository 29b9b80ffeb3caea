"""cfn-lint: errors and warnings of the templates by CloudFormation's own schemas."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from stacks.acceptances import Checker
from tools.audit.templates import Finding, Template, write_without_acceptances

# A sum: 2 for errors, 4 for warnings, 8 for informational findings ("Exit codes", cfn-lint).
_STATUSES = frozenset({0, 2, 4, 6, 8, 10, 12, 14})


def check(templates: Sequence[Template]) -> list[Finding]:
    """Returns the errors and warnings. Raises RuntimeError if cfn-lint fails itself."""
    with tempfile.TemporaryDirectory() as directory:
        paths = write_without_acceptances(templates, Path(directory), Checker.CFN_LINT)
        ran = subprocess.run(
            [Path(sys.executable).with_name("cfn-lint"), "--format", "json", "--template", *map(str, paths)],
            # Run outside the project's folder, which might contain a configuration file of cfn-lint.
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode not in _STATUSES:
            raise RuntimeError(f"cfn-lint failed: {ran.stderr}")
        by_path = {str(path): template for path, template in zip(paths, templates, strict=True)}
        return [_finding(found, by_path) for found in json.loads(ran.stdout or "[]")]


def _finding(found: dict[str, object], by_path: dict[str, Template]) -> Finding:
    match found:
        case {
            "Filename": str(path),
            "Message": str(message),
            "Rule": {"Id": str(rule)},
            "Location": {"Path": list(where)},
        }:
            template = by_path[path]
            resource = str(where[1]) if len(where) > 1 and where[0] == "Resources" else ""
            return Finding(template.stage, template.stack, resource, rule, message)
    raise RuntimeError(f"cfn-lint reports a finding in an unknown form: {found}")
