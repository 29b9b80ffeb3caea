"""Runs the operator's command line as an operator does."""

import os
import subprocess
import sys
from dataclasses import dataclass

from local.environment import Instance
from local.toolchains import ROOT
from tests.e2e.waiting import DEADLINE


@dataclass(frozen=True)
class OpsResult:
    """The exit status of a command, and what it printed."""

    status: int
    text: str


def ops(instance: Instance, command: str, *arguments: str) -> OpsResult:
    """Run ``orders-ops`` on an instance, without a terminal, so that nobody can confirm a question."""
    ran = subprocess.run(
        [sys.executable, "-m", "ops", *command.split(), "--local", *_workspace(instance), *arguments],
        cwd=ROOT,
        env={"PATH": os.environ.get("PATH", os.defpath)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    return OpsResult(ran.returncode, ran.stdout)


def _workspace(instance: Instance) -> tuple[str, str]:
    return ("--workspace", str(instance.workspace.root))
