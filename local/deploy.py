"""The real CDK app, synthesised and deployed to the engine by the real CDK command line."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from console.engine_aws import ACCOUNT, REGION, connection
from console.progress import RunningStep, StepFailed
from console.shell_environment import cache_of_jsii, for_downloads, on_loopback
from console.workspace import Workspace
from local import commands
from local.toolchains import CACHE, CDK, ROOT, require_node

STAGE = "orders-local"
# Everything that determines what is deployed; the layers' locked requirements are below `layers`.
_SOURCES = ("app.py", "cdk.json", "layers", "lambdas", "stacks", "requirements.txt", "package-lock.json")
_UNCHANGED = "(no changes)"
# `orders-local-saga |  3/40 | 12:00:00 | CREATE_COMPLETE | AWS::SQS::Queue | …`
_RESOURCE = re.compile(rf"{STAGE}-(?P<stack>\w+) *\| *(?P<number>\d+)/(?P<count>\d+) ")


def key(issuer: str, *, lambda_authoriser: bool) -> str:
    """Returns a digest of every source of a deployment: equal keys mean equal deployments."""
    digest = hashlib.sha256(f"{issuer} {lambda_authoriser} {cores()}".encode())
    for path in _files(ROOT / source for source in _SOURCES):
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def cores() -> int:
    """Returns how many cores this process may use: the local stage is sized by them."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def bootstrap(workspace: Workspace, endpoint: str) -> None:
    """Run `cdk bootstrap` for the engine's one account and region. Raises StepFailed."""
    # Outside the project, so that the command line does not run the app.
    _cdk(
        workspace,
        ["bootstrap", f"aws://{ACCOUNT}/{REGION}"],
        endpoint,
        cwd=workspace.root,
        log=workspace.logs / "bootstrap.log",
        remedy="`make down`, then `make up` starts with a fresh engine",
    )


def build_layers(workspace: Workspace) -> None:
    """Build the layers of the local stage unless they are built: the part that needs the network.

    Raises StepFailed.
    """
    log = workspace.logs / "layers.log"
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "stacks.layers", "local"]
    status = commands.run(command, cwd=ROOT, env=for_downloads(CACHE), log=log)
    if status != 0:
        raise StepFailed(
            f"the layers were not built: status {status}",
            "check the network and the lines above, then run `make up` again",
            log,
        )


def synthesise(workspace: Workspace, endpoint: str, issuer: str, *, lambda_authoriser: bool) -> None:
    """Run `cdk synth` of the local stage into the workspace, with built layers. Raises StepFailed."""
    complete = workspace.assembly / ".complete"
    if not complete.exists():
        # Interrupted: CDK would take a folder that is half copied for a complete one.
        shutil.rmtree(workspace.assembly, ignore_errors=True)
    complete.unlink(missing_ok=True)
    context = ["stage=local", f"issuer={issuer}", f"engine={endpoint}", f"cores={cores()}"]
    context += ["lambda-authoriser=true"] if lambda_authoriser else []
    _cdk(
        workspace,
        [
            *("synth", "--quiet", "--output", str(workspace.assembly)),
            *(argument for entry in context for argument in ("-c", entry)),
        ],
        endpoint,
        cwd=ROOT,
        log=workspace.logs / "synth.log",
        remedy="fix the app as the lines above say, then run `make up` again",
    )
    complete.touch()


def deploy(workspace: Workspace, endpoint: str, progress: RunningStep) -> tuple[list[str], int]:
    """Run `cdk deploy` for what was synthesised; ``progress`` shows which resource it has reached.

    Returns the names of the stacks that changed, and the number of those that did not.
    Raises StepFailed.
    """
    changed: list[str] = []
    unchanged = 0

    def listen(line: str) -> None:
        nonlocal unchanged
        if reached := _RESOURCE.match(line):
            progress.doing = f"{reached['stack']}, resource {reached['number']} of {reached['count']}"
        if "✅" in line and f"({STAGE}-" in line:
            if _UNCHANGED in line:
                unchanged += 1
            else:
                changed.append(line.partition(f"({STAGE}-")[2].partition(")")[0])

    _cdk(
        workspace,
        [
            *("deploy", f"{STAGE}/*", "--app", str(workspace.assembly)),
            *("--require-approval", "never", "--concurrency", "4", "--progress", "events"),
            # By UpdateStack: to the engine, a change set of outputs only has no changes. AWS executes it
            # (aws/aws-cdk#2029).
            *("--method", "direct"),
            *("--outputs-file", str(_outputs_file(workspace))),
        ],
        endpoint,
        cwd=ROOT,
        log=workspace.logs / "deploy.log",
        remedy="fix the stack as the lines above say, then run `make up` again (`make down` starts afresh)",
        listen=listen,
    )
    return changed, unchanged


def stack_outputs(workspace: Workspace) -> dict[str, dict[str, str]]:
    """Returns what `cdk deploy` wrote last: each stack's outputs by name."""
    written: dict[str, dict[str, str]] = json.loads(_outputs_file(workspace).read_bytes())
    return written


def templates(workspace: Workspace) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the synthesised templates of the stage, each with the name of its stack."""
    assembly = workspace.assembly / f"assembly-{STAGE}"
    manifest = json.loads((assembly / "manifest.json").read_bytes())
    for artifact in manifest["artifacts"].values():
        if artifact["type"] == "aws:cloudformation:stack":
            properties = artifact["properties"]
            template = json.loads((assembly / properties["templateFile"]).read_bytes())
            yield properties["stackName"], template


def _outputs_file(workspace: Workspace) -> Path:
    return workspace.assembly / "stack-outputs.json"


def _files(sources: Iterable[Path]) -> Iterator[Path]:
    for source in sources:
        found = sorted(source.rglob("*")) if source.is_dir() else [source]
        yield from (path for path in found if path.is_file() and "__pycache__" not in path.parts)


def _cdk(
    workspace: Workspace,
    arguments: Sequence[str],
    endpoint: str,
    *,
    cwd: Path,
    log: Path,
    remedy: str,
    listen: Callable[[str], None] = lambda line: None,
) -> None:
    log.unlink(missing_ok=True)
    shutil.rmtree(workspace.cdk_home, ignore_errors=True)
    workspace.cdk_home.mkdir(parents=True)
    command = [str(CDK), *arguments, "--no-notices"]
    status = commands.run(command, cwd=cwd, env=_environment(workspace, endpoint), log=log, listen=listen)
    if status != 0:
        raise StepFailed(f"cdk {arguments[0]} ended with status {status}", remedy, log)


def _environment(workspace: Workspace, endpoint: str) -> dict[str, str]:
    """Returns the environment of CDK: of the caller's it has the PATH only, no account, proxy or setting.

    The app runs on this environment's Python, whichever `python3` comes first on the path, and on the Node.js
    program that the caller's `node` starts: `node` itself may be a version manager's, which needs the home.
    """
    aws = connection(endpoint)
    path = [str(Path(sys.executable).parent), str(require_node().folder), os.environ.get("PATH", os.defpath)]
    return {
        **on_loopback(os.pathsep.join(path), workspace.cdk_home),
        "AWS_ENDPOINT_URL": aws["endpoint_url"],
        "AWS_REGION": aws["region_name"],
        "AWS_ACCESS_KEY_ID": aws["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": aws["aws_secret_access_key"],
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "true",
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(cache_of_jsii(CACHE)),
        "NO_COLOR": "1",
        # Node 20 still runs all of this; the libraries would warn in every run that it is old.
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        "NODE_NO_WARNINGS": "1",
    }
