"""The local engine: MiniStack, in its own environment, on 127.0.0.1 only, its files below the home."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from local.cloud import REGION
from local.environments import ENGINE_PYTHON
from local.home import Home, Service
from local.processes import HOST, require_free, start, wait_until
from local.web import call

DEFAULT_PORT = 4566
_START_SECONDS = 30.0


def start_engine(home: Home, port: int) -> Service:
    """Start the engine on ``port``; ``await_engine`` waits until it answers.

    Raises StepFailed when the port is taken.
    """
    require_free(port, name="engine", variable="PORT")
    clear_scratch(home)
    home.scratch.mkdir(parents=True)
    _log(home).unlink(missing_ok=True)
    command = [str(ENGINE_PYTHON), "-m", "ministack"]
    return Service(port, start(command, env=_environment(home, port), cwd=home.scratch, log=_log(home)))


def await_engine(home: Home, engine: Service) -> None:
    """Wait until ``engine`` is ready for requests. Raises StepFailed when it does not come up."""
    wait_until(lambda: answers(engine), engine.process, name="engine", log=_log(home), seconds=_START_SECONDS)


def answers(engine: Service) -> bool:
    """True when the engine is up and ready for requests."""
    try:
        return call("GET", f"{engine.url}/_ministack/ready", timeout=2.0).status == 200
    except OSError:
        return False


def clear_scratch(home: Home) -> None:
    """Remove what an engine left: it must not run any more."""
    shutil.rmtree(home.scratch, ignore_errors=True)


def _log(home: Home) -> Path:
    return home.logs / "engine.log"


def _environment(home: Home, port: int) -> dict[str, str]:
    """All the engine sees, and with it every function: nothing of the shell that started it."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": str(home.scratch),
        "TMPDIR": str(home.scratch),
        # It keeps a key of its own there even when it persists nothing, in /tmp unless told.
        "STATE_DIR": str(home.scratch / "state"),
        "S3_DATA_DIR": str(home.scratch / "s3"),
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        # Workers that were warm stay so for an hour: to start one costs thirty times what a step does.
        "LAMBDA_WARM_TTL_SECONDS": "3600",
        # Listeners the app has no use for, on ports that might be somebody's.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
