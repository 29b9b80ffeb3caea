"""The local engine: MiniStack, in its own environment, on 127.0.0.1 only, its files below the home."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from local.cloud import REGION
from local.environments import ENGINE_PYTHON, ROOT
from local.home import ENGINE, JANITOR, Home, Service
from local.processes import HOST, end_marked, mark, require_free, start, wait_until
from local.rubbish import discard
from local.surroundings import on_loopback
from local.web import call

DEFAULT_PORT = 4566
_START_SECONDS = 180.0
# A busy engine is not one that is gone.
_ANSWER_SECONDS = 15.0


def start_engine(home: Home, port: int) -> Service:
    """Start the engine on ``port``; ``await_engine`` waits until it answers.

    Raises StepFailed when the port is taken.
    """
    # One that no record tells of any more.
    end_marked(home.root, JANITOR)
    end_marked(home.root, ENGINE)
    require_free(port, name="engine", variable="PORT")
    discard(home.scratch)
    home.scratch.mkdir(parents=True)
    _log(home).unlink(missing_ok=True)
    command = [str(ENGINE_PYTHON), *mark(home.root, ENGINE), "-m", "ministack"]
    engine = start(command, env=_environment(home, port), cwd=home.scratch, log=_log(home))
    # It ends with the engine.
    start(
        [
            *(
                sys.executable,
                *mark(home.root, JANITOR),
                "-m",
                "local.janitor",
                "--scratch",
                str(home.scratch),
            ),
            *("--engine", str(engine.pid), "--started", engine.started),
        ],
        env=on_loopback(os.defpath, home.scratch),
        cwd=ROOT,
        log=home.logs / "janitor.log",
    )
    return Service(port, engine)


def await_engine(home: Home, engine: Service) -> None:
    """Wait until ``engine`` is ready for requests. Raises StepFailed when it does not come up."""
    wait_until(lambda: answers(engine), engine.process, name="engine", log=_log(home), seconds=_START_SECONDS)


def answers(engine: Service) -> bool:
    """True when the engine is up and ready for requests."""
    try:
        return call("GET", f"{engine.url}/_ministack/ready", timeout=_ANSWER_SECONDS).status == 200
    except OSError:
        return False


def _log(home: Home) -> Path:
    return home.logs / "engine.log"


def _environment(home: Home, port: int) -> dict[str, str]:
    """All the engine sees, and with it every function: nothing of the shell that started it."""
    return {
        **on_loopback(os.defpath, home.scratch),
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
