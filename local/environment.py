"""Starts a local run, or attaches to a running one.

shop = up(Workspace(Path(".local/e2e")), engine_port=0, issuer_port=0, web_port=0)
call("GET", shop.outputs["ApiUrl"] + "/orders/1", token=shop.token("alice", "orders:read"))
down(shop.workspace)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from console import outputs
from console.engine_aws import REGION, EngineConnection, connection
from console.processes import end, free_port, is_alive
from console.progress import StepFailed, step
from console.workspace import RunState, Service, Workspace
from local import deploy, engine, engine_workarounds, hotswap, issuer, tokens, web_build, web_server
from local.deployed_functions import deployed_functions
from local.source_code import SourceCode
from local.toolchains import ROOT


@dataclass(frozen=True)
class Instance:
    """A local run that is up."""

    workspace: Workspace
    outputs: dict[str, str]
    """As in ``outputs.json``: ApiUrl, TableName, Issuer, Endpoint and so on."""

    @property
    def api(self) -> str:
        """The base URL of the API, without a slash at its end."""
        return self.outputs["ApiUrl"]

    @property
    def web(self) -> str | None:
        """The address of the web application; None if it does not run."""
        running = self.workspace.load().web
        return web_server.address(running) if running is not None else None

    @property
    def aws(self) -> EngineConnection:
        """``boto3.client(name, **instance.aws)`` talks to its engine."""
        return connection(self.outputs["Endpoint"])

    @property
    def key(self) -> RSAPrivateKey:
        """The key that its issuer publishes."""
        return tokens.key_at(self.workspace.key)

    def token(self, sub: str, scope: str, *, key: RSAPrivateKey | None = None, **claims: Any) -> str:
        """Returns an access token for ``sub``; ``scope`` is space separated.

        ``claims`` are replaced or added (``exp=0``, ``aud="another"``); one that is None is left out. Another
        ``key`` signs a forged token.
        """
        payload = tokens.claims(self.outputs["Issuer"], sub, scope) | claims
        present = {name: value for name, value in payload.items() if value is not None}
        return tokens.sign(present, key or self.key)


def up(
    workspace: Workspace,
    *,
    engine_port: int | None = None,
    issuer_port: int | None = None,
    web_port: int | None = None,
    lambda_authoriser: bool = False,
    evaluate_iam: bool = False,
) -> Instance:
    """Start a local run, or update it: engine, issuer, and the app from its current sources.

    A port of None means the one it had before, or the default; 0 picks a free one. Running services are
    kept, and an unchanged app is not deployed again. With ``lambda_authoriser``, the app's Lambda authoriser
    verifies tokens in place of the gateway. ``web_port`` is the port of the front end, which may send people
    to the issuer to sign in. With ``evaluate_iam``, an engine that is started evaluates IAM policies.
    Raises StepFailed.
    """
    with workspace.locked():
        return up_in_locked(
            workspace,
            engine_port=engine_port,
            issuer_port=issuer_port,
            web_port=web_port,
            lambda_authoriser=lambda_authoriser,
            evaluate_iam=evaluate_iam,
        )


def up_in_locked(
    workspace: Workspace,
    *,
    engine_port: int | None,
    issuer_port: int | None,
    web_port: int | None,
    lambda_authoriser: bool,
    evaluate_iam: bool = False,
) -> Instance:
    """``up`` for a caller that already holds the workspace's lock."""
    state = workspace.load()
    # Chosen first, because the issuer sends people back to this port.
    web_port = _web_port(state, web_port)
    with step("Engine") as progress:
        running, progress.note = _engine(workspace, state, engine_port, evaluate_iam=evaluate_iam)
    with step("Issuer") as progress:
        issuing, progress.note = _issuer(workspace, state, issuer_port, web_port)
    _deploy(workspace, state, running, issuing, lambda_authoriser=lambda_authoriser)
    with step("Web application") as progress:
        progress.note = _web(workspace, state, issuing, web_port)
    return attach(workspace)


def attach(workspace: Workspace) -> Instance:
    """Returns the local run that is up in ``workspace``. Raises StepFailed when there is none."""
    found = outputs.of_running_engine(workspace)
    if not tokens.has_key(workspace.key):
        raise StepFailed(
            f"there is no key in {workspace.key}", "run `make up`, which starts afresh with a new key"
        )
    return Instance(workspace, found)


def _engine(
    workspace: Workspace, state: RunState, port: int | None, *, evaluate_iam: bool
) -> tuple[Service, str]:
    before = state.engine
    # The engine caches the issuer's key, and refuses tokens that another one signs.
    has_key = tokens.has_key(workspace.key)
    if before is not None and has_key and is_alive(before.process) and engine.responds(before):
        _refuse_to_move("engine", "PORT", before, port)
        return before, f"{before.url}, already running"
    note = ""
    if before is not None:
        # The engine keeps its state in memory, so everything that was deployed is lost.
        end(before.process)
        workspace.outputs.unlink(missing_ok=True)
        state.forget_deployment()
        workspace.save(state)
        note = ", started afresh: " + (
            "the earlier one had ended" if has_key else "the issuer's key was lost"
        )
    state.engine = engine.start_engine(
        workspace, _port(port, before, engine.DEFAULT_PORT), evaluate_iam=evaluate_iam
    )
    # Saved before the engine is ready, so that `down` finds it even if this command fails.
    workspace.save(state)
    engine.await_engine(workspace, state.engine)
    return state.engine, state.engine.url + note


def _issuer(workspace: Workspace, state: RunState, port: int | None, web_port: int) -> tuple[Service, str]:
    before = state.issuer
    if (
        before is not None
        and tokens.has_key(workspace.key)
        and is_alive(before.process)
        and issuer.responds(before)
    ):
        _refuse_to_move("issuer", "ISSUER_PORT", before, port)
        if web_port == state.redirect_port:
            return before, f"{before.url}, already running"
    if before is not None:
        end(before.process)
    state.issuer = issuer.start_issuer(workspace, _port(port, before, issuer.DEFAULT_PORT), web_port)
    state.redirect_port = web_port
    workspace.save(state)
    issuer.await_issuer(workspace, state.issuer)
    return state.issuer, state.issuer.url


def _web_port(state: RunState, wanted: int | None) -> int:
    before = state.web
    if before is not None and is_alive(before.process):
        _refuse_to_move("web application", "WEB_PORT", before, wanted)
        return before.port
    return _port(wanted, before, web_server.DEFAULT_PORT)


def _web(workspace: Workspace, state: RunState, issuing: Service, port: int) -> str:
    folder, note = web_build.build(workspace)
    found = outputs.read(workspace)
    web_server.publish(
        workspace,
        web_server.Served(
            folder=str(folder), api=found["ApiUrl"], issuer=issuing.url, live=found["WebSocketUrl"]
        ),
    )
    before = state.web
    if before is not None and is_alive(before.process) and web_server.responds(before):
        return f"{web_server.address(before)}, {note}, already running"
    if before is not None:
        end(before.process)
    state.web = web_server.start_web(workspace, port)
    workspace.save(state)
    web_server.await_web(workspace, state.web)
    return f"{web_server.address(state.web)}, {note}"


def _port(wanted: int | None, before: Service | None, default: int) -> int:
    if wanted is None:
        return before.port if before is not None else default
    return wanted or free_port()


def _refuse_to_move(name: str, variable: str, running: Service, port: int | None) -> None:
    if port and port != running.port:
        raise StepFailed(
            f"the {name} already runs on port {running.port}, not {port}",
            f"run `make down` first, or leave {variable} out",
        )


def _deploy(
    workspace: Workspace, state: RunState, running: Service, issuing: Service, *, lambda_authoriser: bool
) -> None:
    if not state.bootstrapped:
        with step("Bootstrap") as progress:
            deploy.bootstrap(workspace, running.url)
            state.bootstrapped = True
            workspace.save(state)
            progress.note = "cdk bootstrap"
    key = deploy.key(issuing.url, lambda_authoriser=lambda_authoriser)
    if state.deployed == key and outputs.exist(workspace):
        with step("Deployment") as progress:
            progress.note = "unchanged since the last one"
        _end_hotswaps(workspace, state, running)
        return
    with step("Layers") as progress:
        deploy.build_layers(workspace)
        progress.note = "the functions' dependencies"
    with step("Synthesis") as progress:
        deploy.synthesise(workspace, running.url, issuing.url, lambda_authoriser=lambda_authoriser)
        progress.note = "cdk synth, with the Lambda authoriser" if lambda_authoriser else "cdk synth"
    state.deployed = None
    workspace.save(state)
    with step("Deployment") as progress:
        changed, unchanged = deploy.deploy(workspace, running.url, progress)
        progress.note = f"cdk deploy: {', '.join(changed) or 'no stack changed'}"
        if changed and unchanged:
            progress.note += f" ({unchanged} unchanged)"
    with step("Settings") as progress:
        progress.note = ", ".join(engine_workarounds.apply(workspace, connection(running.url)))
    outputs.write(workspace, deploy.stack_outputs(workspace), endpoint=running.url, region=REGION)
    state.deployed = key
    workspace.save(state)
    _end_hotswaps(workspace, state, running)


def _end_hotswaps(workspace: Workspace, state: RunState, running: Service) -> None:
    """Bring functions that `make watch` has updated to the sources: CloudFormation does not know of them."""
    if not state.hotswapped:
        return
    with step("Hotswapped functions") as progress:
        functions = deployed_functions(workspace, connection(running.url))
        source = SourceCode.read(ROOT)
        swapped = [each for each in functions if each.name in state.hotswapped]
        planned = hotswap.plan(swapped, hotswap.running_code(state), source)
        if planned.invalid:
            raise StepFailed(planned.invalid[0].why, "fix the file, then run `make up` again")
        client = hotswap.lambda_client(connection(running.url))
        hotswap.hotswap(workspace, state, planned.updates, source, client)
        running_code = hotswap.running_code(state)
        state.hotswapped = {
            each.name: state.hotswapped[each.name]
            for each in swapped
            if running_code.get(each.name, each.deployed) != each.deployed
        }
        workspace.save(state)
        progress.note = f"{len(planned.updates)} updated"
