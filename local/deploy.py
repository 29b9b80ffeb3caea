"""The real CDK app, synthesised and deployed to the engine by the real CDK command line."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from local import commands
from local.cloud import ACCOUNT, REGION, connection
from local.environments import CACHE, CDK, ROOT, require_node
from local.home import Home
from local.steps import StepFailed
from local.surroundings import cache_of_jsii, for_downloads, on_loopback

STAGE = "orders-local"
# All that decides what is deployed; the layers' locked requirements are below `layers`.
_SOURCES = ("app.py", "cdk.json", "layers", "lambdas", "stacks", "requirements.txt", "package-lock.json")
_UNCHANGED = "(no changes)"


def key(issuer: str, *, lambda_authoriser: bool) -> str:
    """A digest of every source of a deployment: the same key would deploy the same thing again."""
    digest = hashlib.sha256(f"{issuer} {lambda_authoriser} {cores()}".encode())
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
        home,
        ["bootstrap", f"aws://{ACCOUNT}/{REGION}"],
        endpoint,
        cwd=home.root,
        log=home.logs / "bootstrap.log",
        remedy="`make down`, then `make up` starts with a fresh engine",
    )


def build_layers(home: Home) -> None:
    """Build the layers of the local stage, if they are not built yet: what a synthesis needs the network for.

    Raises StepFailed.
    """
    log = home.logs / "layers.log"
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "stacks.layers", "local"]
    status = commands.run(command, cwd=ROOT, env=for_downloads(CACHE), log=log)
    if status != 0:
        raise StepFailed(
            f"the layers were not built: status {status}",
            "check the network and the lines above, then run `make up` again",
            log,
        )


def synthesise(home: Home, endpoint: str, issuer: str, *, lambda_authoriser: bool) -> None:
    """`cdk synth` of the local stage into the home, from layers that are built. Raises StepFailed."""
    complete = home.assembly / ".complete"
    if not complete.exists():
        # One that was interrupted: CDK would take a folder that it has copied by half for the whole.
        shutil.rmtree(home.assembly, ignore_errors=True)
    complete.unlink(missing_ok=True)
    context = ["stage=local", f"issuer={issuer}", f"cores={cores()}"]
    context += ["lambda-authoriser=true"] if lambda_authoriser else []
    _cdk(
        home,
        [
            *("synth", "--quiet", "--output", str(home.assembly)),
            *(argument for entry in context for argument in ("-c", entry)),
        ],
        endpoint,
        cwd=ROOT,
        log=home.logs / "synth.log",
        remedy="mend the app as the lines above say, then run `make up` again",
    )
    complete.touch()


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
        home,
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
    written: dict[str, dict[str, str]] = json.loads(_outputs_file(home).read_bytes())
    return written


def templates(home: Home) -> Iterator[tuple[str, dict[str, Any]]]:
    """The synthesised templates of the stage, each with the name of its stack."""
    assembly = home.assembly / f"assembly-{STAGE}"
    manifest = json.loads((assembly / "manifest.json").read_bytes())
    for artifact in manifest["artifacts"].values():
        if artifact["type"] == "aws:cloudformation:stack":
            properties = artifact["properties"]
            template = json.loads((assembly / properties["templateFile"]).read_bytes())
            yield properties["stackName"], template


def _outputs_file(home: Home) -> Path:
    return home.assembly / "stack-outputs.json"


def _files(sources: Iterable[Path]) -> Iterator[Path]:
    for source in sources:
        found = sorted(source.rglob("*")) if source.is_dir() else [source]
        yield from (path for path in found if path.is_file() and "__pycache__" not in path.parts)


def _cdk(
    home: Home,
    arguments: Sequence[str],
    endpoint: str,
    *,
    cwd: Path,
    log: Path,
    remedy: str,
    listen: Callable[[str], None] = lambda line: None,
) -> None:
    log.unlink(missing_ok=True)
    shutil.rmtree(home.of_cdk, ignore_errors=True)
    home.of_cdk.mkdir(parents=True)
    command = [str(CDK), *arguments, "--no-notices"]
    status = commands.run(command, cwd=cwd, env=_environment(home, endpoint), log=log, listen=listen)
    if status != 0:
        raise StepFailed(f"cdk {arguments[0]} ended with status {status}", remedy, log)


def _environment(home: Home, endpoint: str) -> dict[str, str]:
    """Nothing of the caller's but the PATH: no account, proxy or setting of theirs reaches what runs here.

    The app runs on this environment's Python, whichever `python3` comes first on the path, and on the Node.js
    that the caller's `node` stands for: it may be a version manager's, which needs the caller's home.
    """
    aws = connection(endpoint)
    path = [str(Path(sys.executable).parent), str(require_node().folder), os.environ.get("PATH", os.defpath)]
    return {
        **on_loopback(os.pathsep.join(path), home.of_cdk),
        "AWS_ENDPOINT_URL": aws["endpoint_url"],
        "AWS_REGION": aws["region_name"],
        "AWS_ACCESS_KEY_ID": aws["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": aws["aws_secret_access_key"],
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "true",
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(cache_of_jsii(CACHE)),
        "NO_COLOR": "1",
        # Node 20 still runs all of this; the libraries would say in every run that it has grown old.
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        "NODE_NO_WARNINGS": "1",
    }
