"""The local engine: MiniStack, in its own environment, on 127.0.0.1 only, its files below the workspace."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from console.engine_aws import REGION
from console.processes import end_marked, mark, require_free, start, wait_until
from console.shell_environment import on_loopback
from console.workspace import ENGINE, HOST, JANITOR, Service, Workspace
from local.removal import remove_in_background
from local.toolchains import ENGINE_PYTHON, ROOT
from local.web import call

DEFAULT_PORT = 4566
_START_SECONDS = 180.0
# A busy engine may take long to answer.
_ANSWER_SECONDS = 15.0


def start_engine(workspace: Workspace, port: int, *, evaluate_iam: bool = False) -> Service:
    """Start the engine on ``port``; ``await_engine`` waits until it answers.

    With ``evaluate_iam``, it evaluates the policies of the caller of each request, functions' roles included.
    Raises StepFailed when the port is taken.
    """
    # Left by a run whose record is lost.
    end_marked(workspace.root, JANITOR)
    end_marked(workspace.root, ENGINE)
    require_free(port, name="engine", variable="PORT")
    remove_in_background(workspace.scratch)
    workspace.scratch.mkdir(parents=True)
    _log(workspace).unlink(missing_ok=True)
    environment = _environment(workspace, port) | ({"AUTH": "true"} if evaluate_iam else {})
    command = [str(ENGINE_PYTHON), *mark(workspace.root, ENGINE), "-m", "ministack"]
    engine = start(command, env=environment, cwd=workspace.scratch, log=_log(workspace))
    # It ends by itself when the engine ends.
    start(
        [
            *(
                sys.executable,
                *mark(workspace.root, JANITOR),
                "-m",
                "local.janitor",
                "--scratch",
                str(workspace.scratch),
            ),
            *("--engine", str(engine.pid), "--started", engine.started),
        ],
        env=on_loopback(os.defpath, workspace.scratch),
        cwd=ROOT,
        log=workspace.logs / "janitor.log",
    )
    return Service(port, engine)


def await_engine(workspace: Workspace, engine: Service) -> None:
    """Wait until ``engine`` is ready for requests. Raises StepFailed when it does not come up."""
    wait_until(
        lambda: responds(engine), engine.process, name="engine", log=_log(workspace), seconds=_START_SECONDS
    )


def responds(engine: Service) -> bool:
    """Whether the engine is ready for requests."""
    try:
        return call("GET", f"{engine.url}/_ministack/ready", timeout=_ANSWER_SECONDS).status == 200
    except OSError:
        return False


def _log(workspace: Workspace) -> Path:
    return workspace.logs / "engine.log"


def _environment(workspace: Workspace, port: int) -> dict[str, str]:
    """Returns the environment of the engine and of every function: nothing of the shell that started it."""
    return {
        **on_loopback(os.defpath, workspace.scratch),
        # It stores a key there even when it persists nothing; the default is below /tmp.
        "STATE_DIR": str(workspace.scratch / "state"),
        "S3_DATA_DIR": str(workspace.scratch / "s3"),
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        # Keep warm workers for an hour: starting one costs thirty times what a step does.
        "LAMBDA_WARM_TTL_SECONDS": "3600",
        # Listeners that the app does not use, on ports that other programs may need.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
