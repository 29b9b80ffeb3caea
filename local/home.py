"""The folder a local run lives in: what is where, and what was started."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from local.environments import LOCAL
from local.processes import HOST, Process

DEFAULT = LOCAL


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

    def load(self) -> State:
        """The recorded state; an empty one when there is none."""
        try:
            read = json.loads(self.state_file.read_text())
        except FileNotFoundError:
            return State()
        return State(
            engine=_service(read["engine"]),
            issuer=_service(read["issuer"]),
            bootstrapped=read["bootstrapped"],
            deployed=read["deployed"],
        )

    def save(self, state: State) -> None:
        """Record ``state``, whole or not at all."""
        self.root.mkdir(parents=True, exist_ok=True)
        draft = self.state_file.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(state), indent=2) + "\n")
        draft.replace(self.state_file)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the home for this process: two at once would start two engines."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "home.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _service(read: dict[str, object] | None) -> Service | None:
    if read is None:
        return None
    match read:
        case {"port": int(port), "process": {"pid": int(pid), "started": str(started)}}:
            return Service(port, Process(pid, started))
    raise ValueError(f"not a service: {read}")
