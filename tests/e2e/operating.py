"""The operator's command line, run as an operator runs it."""

import os
import subprocess
import sys
from dataclasses import dataclass

from local.environment import Instance
from local.toolchains import ROOT
from tests.e2e.waiting import DEADLINE


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    status: int
    text: str


def ops(instance: Instance, command: str, *arguments: str) -> Said:
    """Run ``orders-ops`` on an instance; there is nobody to confirm anything."""
    ran = subprocess.run(
        [sys.executable, "-m", "ops", command, "--local", *_workspace(instance), *arguments],
        cwd=ROOT,
        env={"PATH": os.environ.get("PATH", os.defpath)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    return Said(ran.returncode, ran.stdout)


def _workspace(instance: Instance) -> tuple[str, str]:
    return ("--workspace", str(instance.workspace.root))
