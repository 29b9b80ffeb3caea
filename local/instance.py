"""One local run: brought up, found again, used by tests.

shop = up(Home(Path(".local/e2e")), engine_port=0, issuer_port=0)
call("GET", shop.outputs["ApiUrl"] + "/orders/1", token=shop.token("alice", "orders:read"))
down(shop.home)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from local import deploy, engine, gaps, issuer, outputs, tokens
from local.cloud import REGION, Connection, connection
from local.home import Home, Service, State
from local.processes import end, free_port
from local.steps import StepFailed, step


@dataclass(frozen=True)
class Instance:
    """A local run that is up."""

    home: Home
    outputs: dict[str, str]
    """As ``outputs.json`` has them: ApiUrl, TableName, Issuer, Endpoint and so on."""

    @property
    def api(self) -> str:
        """The base URL of the API, without a slash at its end."""
        return self.outputs["ApiUrl"]

    @property
    def aws(self) -> Connection:
        """``boto3.client(name, **instance.aws)`` talks to its engine."""
        return connection(self.outputs["Endpoint"])

    @property
    def key(self) -> RSAPrivateKey:
        """The key its issuer publishes."""
        return tokens.key_at(self.home.key)

    def token(self, sub: str, scope: str, *, key: RSAPrivateKey | None = None, **claims: Any) -> str:
        """An access token for ``sub``; ``scope`` is space separated.

        ``claims`` replace or add (``exp=0``, ``aud="another"``); one that is None is left out. Another
        ``key`` signs a forgery.
        """
        payload = tokens.claims(self.outputs["Issuer"], sub, scope) | claims
        present = {name: value for name, value in payload.items() if value is not None}
        return tokens.sign(present, key or self.key)


def up(
    home: Home,
    *,
    engine_port: int | None = None,
    issuer_port: int | None = None,
    lambda_authoriser: bool = False,
) -> Instance:
    """Bring a local run up, or up to date: engine, issuer, and the app as its sources are now.

    A port of None is the one it had before, or the default; 0 picks a free one. What runs is kept, and
    what has not changed is not deployed again. With ``lambda_authoriser``, a function of the app judges tokens
    in place of the gateway. Raises StepFailed.
    """
    with home.locked():
        return up_in_locked(
            home, engine_port=engine_port, issuer_port=issuer_port, lambda_authoriser=lambda_authoriser
        )


def up_in_locked(
    home: Home, *, engine_port: int | None, issuer_port: int | None, lambda_authoriser: bool
) -> Instance:
    """``up`` for a caller who holds the home's lock, and goes on holding it."""
    state = home.load()
    with step("Engine") as progress:
        running, progress.note = _engine(home, state, engine_port)
    with step("Issuer") as progress:
        issuing, progress.note = _issuer(home, state, issuer_port)
    _deploy(home, state, running, issuing, lambda_authoriser=lambda_authoriser)
    return attach(home)


def attach(home: Home) -> Instance:
    """The local run that is up in ``home``. Raises StepFailed when there is none."""
    state = home.load()
    if state.engine is None or not state.engine.process.is_alive():
        raise StepFailed("the local engine does not run", "run `make up` first")
    if not tokens.has_key(home.key):
        raise StepFailed(f"there is no key in {home.key}", "run `make up`, which starts afresh with another")
    return Instance(home, outputs.read(home))


def _engine(home: Home, state: State, port: int | None) -> tuple[Service, str]:
    before = state.engine
    # It knows the issuer's key by heart, and would refuse whatever another one signs.
    has_key = tokens.has_key(home.key)
    if before is not None and has_key and before.process.is_alive() and engine.answers(before):
        _refuse_to_move("engine", "PORT", before, port)
        return before, f"{before.url}, was running"
    note = ""
    if before is not None:
        # The engine's memory is lost, or out of reach, and with it all that was deployed to it.
        end(before.process)
        home.outputs.unlink(missing_ok=True)
        state.engine, state.bootstrapped, state.deployed = None, False, None
        home.save(state)
        note = ", started afresh: " + ("the earlier one was gone" if has_key else "the issuer's key was lost")
    state.engine = engine.start_engine(home, _port(port, before, engine.DEFAULT_PORT))
    # Before it answers, so that `down` finds it whatever happens next.
    home.save(state)
    engine.await_engine(home, state.engine)
    return state.engine, state.engine.url + note


def _issuer(home: Home, state: State, port: int | None) -> tuple[Service, str]:
    before = state.issuer
    if (
        before is not None
        and tokens.has_key(home.key)
        and before.process.is_alive()
        and issuer.answers(before)
    ):
        _refuse_to_move("issuer", "ISSUER_PORT", before, port)
        return before, f"{before.url}, was running"
    if before is not None:
        end(before.process)
    state.issuer = issuer.start_issuer(home, _port(port, before, issuer.DEFAULT_PORT))
    home.save(state)
    issuer.await_issuer(home, state.issuer)
    return state.issuer, state.issuer.url


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


def _deploy(home: Home, state: State, running: Service, issuing: Service, *, lambda_authoriser: bool) -> None:
    if not state.bootstrapped:
        with step("Bootstrap") as progress:
            deploy.bootstrap(home, running.url)
            state.bootstrapped = True
            home.save(state)
            progress.note = "cdk bootstrap"
    key = deploy.key(issuing.url, lambda_authoriser=lambda_authoriser)
    if state.deployed == key and outputs.exist(home):
        with step("Deployment") as progress:
            progress.note = "nothing has changed since the last one"
        return
    with step("Layers") as progress:
        deploy.build_layers(home)
        progress.note = "what the functions import"
    with step("Synthesis") as progress:
        deploy.synthesise(home, running.url, issuing.url, lambda_authoriser=lambda_authoriser)
        progress.note = "cdk synth, with the Lambda authoriser" if lambda_authoriser else "cdk synth"
    state.deployed = None
    home.save(state)
    with step("Deployment") as progress:
        changed, unchanged = deploy.deploy(home, running.url)
        progress.note = f"cdk deploy: {', '.join(changed) or 'no stack changed'}"
        if changed and unchanged:
            progress.note += f" ({unchanged} unchanged)"
    with step("Settings") as progress:
        progress.note = ", ".join(gaps.close(home, connection(running.url)))
    outputs.write(home, deploy.stack_outputs(home), endpoint=running.url, region=REGION)
    state.deployed = key
    home.save(state)
