"""The real CDK app, synthesised and deployed to the engine by the real CDK command line."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from local.cloud import ACCOUNT, REGION, connection
from local.environments import CDK, ROOT
from local.home import Home
from local.steps import StepFailed

STAGE = "orders-local"
# All that decides what is deployed; the layers' locked requirements are below `layers`.
_SOURCES = ("app.py", "cdk.json", "layers", "lambdas", "stacks", "requirements.txt", "package-lock.json")
_UNCHANGED = "(no changes)"


def key(issuer: str, *, own_authoriser: bool) -> str:
    """A digest of every source of a deployment: the same key would deploy the same thing again."""
    digest = hashlib.sha256(f"{issuer} {own_authoriser} {cores()}".encode())
    for path in _files(ROOT / source for source in _SOURCES):
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def cores() -> int:
    """How many cores this process may use: the local stage is sized by them."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def bootstrap(home: Home, endpoint: str) -> None:
    """`cdk bootstrap` of the engine's one account and region. Raises StepFailed."""
    # Outside the project, so that the command line does not run the app.
    _cdk(
        ["bootstrap", f"aws://{ACCOUNT}/{REGION}"],
        endpoint,
        cwd=home.root,
        log=home.logs / "bootstrap.log",
        remedy="`make down`, then `make up` starts with a fresh engine",
    )


def synthesise(home: Home, endpoint: str, issuer: str, *, own_authoriser: bool) -> None:
    """`cdk synth` of the local stage into the home, building the layers if need be. Raises StepFailed."""
    context = ["stage=local", f"issuer={issuer}", f"cores={cores()}"]
    context += ["own-authoriser=true"] if own_authoriser else []
    _cdk(
        [
            *("synth", "--quiet", "--output", str(home.assembly)),
            *(argument for entry in context for argument in ("-c", entry)),
        ],
        endpoint,
        cwd=ROOT,
        log=home.logs / "synth.log",
        remedy="mend the app as the lines above say, then run `make up` again",
    )


def deploy(home: Home, endpoint: str) -> tuple[list[str], int]:
    """`cdk deploy` of what was synthesised.

    Returns the names of the stacks that changed, and the number of those that did not.
    Raises StepFailed.
    """
    changed: list[str] = []
    unchanged = 0

    def listen(line: str) -> None:
        nonlocal unchanged
        if "✅" in line and f"({STAGE}-" in line:
            if _UNCHANGED in line:
                unchanged += 1
            else:
                changed.append(line.partition(f"({STAGE}-")[2].partition(")")[0])

    _cdk(
        [
            *("deploy", f"{STAGE}/*", "--app", str(home.assembly)),
            *("--require-approval", "never", "--concurrency", "4", "--progress", "events"),
            *("--outputs-file", str(_outputs_file(home))),
        ],
        endpoint,
        cwd=ROOT,
        log=home.logs / "deploy.log",
        remedy="mend the stack as the lines above say and run `make up`; `make down` first starts afresh",
        listen=listen,
    )
    return changed, unchanged


def stack_outputs(home: Home) -> dict[str, dict[str, str]]:
    """What `cdk deploy` wrote last: each stack's outputs by name."""
    written: dict[str, dict[str, str]] = json.loads(_outputs_file(home).read_text())
    return written


def templates(home: Home) -> Iterator[tuple[str, dict[str, Any]]]:
    """The synthesised templates of the stage, each with the name of its stack."""
    assembly = home.assembly / f"assembly-{STAGE}"
    manifest = json.loads((assembly / "manifest.json").read_text())
    for artifact in manifest["artifacts"].values():
        if artifact["type"] == "aws:cloudformation:stack":
            properties = artifact["properties"]
            template = json.loads((assembly / properties["templateFile"]).read_text())
            yield properties["stackName"], template


def _outputs_file(home: Home) -> Path:
    return home.assembly / "stack-outputs.json"


def _files(sources: Iterable[Path]) -> Iterator[Path]:
    for source in sources:
        found = sorted(source.rglob("*")) if source.is_dir() else [source]
        yield from (path for path in found if path.is_file() and "__pycache__" not in path.parts)


def _cdk(
    arguments: Sequence[str],
    endpoint: str,
    *,
    cwd: Path,
    log: Path,
    remedy: str,
    listen: Callable[[str], None] = lambda line: None,
) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [str(CDK), *arguments]
    with log.open("w") as output:
        output.write(f"$ {' '.join(command)}\n")
        with subprocess.Popen(
            command,
            cwd=cwd,
            env=_environment(endpoint),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as running:
            for line in running.stdout or ():
                output.write(line)
                output.flush()
                listen(line)
    if running.returncode != 0:
        raise StepFailed(f"cdk {arguments[0]} ended with status {running.returncode}", remedy, log)


def _environment(endpoint: str) -> dict[str, str]:
    """The caller's environment without its AWS accounts: nothing here may ever reach a real one."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    aws = connection(endpoint)
    return inherited | {
        "AWS_ENDPOINT_URL": aws["endpoint_url"],
        "AWS_REGION": aws["region_name"],
        "AWS_ACCESS_KEY_ID": aws["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": aws["aws_secret_access_key"],
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "NO_PROXY": "127.0.0.1,localhost",
        "NO_COLOR": "1",
        # Node 20 still runs all of this; the libraries would say in every run that it has grown old.
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        "NODE_NO_WARNINGS": "1",
        # The app runs on this environment's Python, whichever `python3` comes first on the path.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
