"""The folder a local run lives in: what is where, and what was started."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from local import files
from local.environments import LOCAL
from local.file_lock import held
from local.processes import HOST, Process

DEFAULT = LOCAL
# What runs in a home, as ``local.processes.mark`` knows it.
ENGINE, ISSUER, JANITOR = "engine", "issuer", "janitor"


@dataclass(frozen=True)
class Service:
    """A started program and the port of 127.0.0.1 it was given."""

    port: int
    process: Process

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"


@dataclass
class State:
    """What a home has running and deployed; the engine keeps its state in memory, so both end together."""

    engine: Service | None = None
    issuer: Service | None = None
    bootstrapped: bool = False
    deployed: str | None = None
    """The key of what was deployed last (``deploy.key``)."""


@dataclass(frozen=True)
class Home:
    """A folder under which everything of one local run is kept."""

    root: Path

    @property
    def state_file(self) -> Path:
        return self.root / "state.json"

    @property
    def outputs(self) -> Path:
        return self.root / "outputs.json"

    @property
    def key(self) -> Path:
        return self.root / "issuer-key.pem"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def scratch(self) -> Path:
        """The engine's TMPDIR: it leaves folders there."""
        return self.root / "tmp"

    @property
    def assembly(self) -> Path:
        """What `cdk synth` wrote and `cdk deploy` reads."""
        return self.root / "cdk.out"

    @property
    def of_cdk(self) -> Path:
        """What the CDK command line takes for its user's home: its cache, and its temporary files."""
        return self.root / "cdk-home"

    def load(self) -> State:
        """The recorded state; an empty one when there is none that can be read."""
        read = files.read_object(self.state_file) or {}
        match read:
            case {"bootstrapped": bool(bootstrapped), "deployed": None | str() as deployed}:
                return State(
                    engine=_service(read.get("engine")),
                    issuer=_service(read.get("issuer")),
                    bootstrapped=bootstrapped,
                    deployed=deployed,
                )
        return State()

    def save(self, state: State) -> None:
        """Record ``state``, whole or not at all."""
        files.write_json(self.state_file, asdict(state))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the home for this process: two at once would start two engines. Says when it waits."""
        with held(self.root / "home.lock"):
            yield


def _service(read: object) -> Service | None:
    match read:
        case {"port": int(port), "process": {"pid": int(pid), "started": str(started)}}:
            return Service(port, Process(pid, started))
    return None
