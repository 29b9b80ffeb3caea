"""The folder of a local run: its files, and the record of its processes.

Standard library only: it is imported before any package is installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from console import files
from console.file_lock import held

ROOT = Path(__file__).resolve().parent.parent
DEFAULT = ROOT / ".local"
HOST = "127.0.0.1"
# The roles of the processes of a local run; ``console.processes.mark`` puts the role into the command line.
ENGINE, ISSUER, JANITOR, WEB = "engine", "issuer", "janitor", "web"


@dataclass(frozen=True)
class ProcessRecord:
    """A process that a command started: its id, which is also its process group's, and when it started."""

    pid: int
    started: str


@dataclass(frozen=True)
class Service:
    """A started program, and its port of 127.0.0.1."""

    port: int
    process: ProcessRecord

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://{HOST}:{self.port}"


@dataclass
class RunState:
    """What runs and what is deployed. The engine keeps its state in memory, so both end together."""

    engine: Service | None = None
    issuer: Service | None = None
    redirect_port: int | None = None
    """The port of the front end that the issuer was started with, and may send people back to."""
    web: Service | None = None
    bootstrapped: bool = False
    deployed: str | None = None
    """The key of the last deployment (``local.deploy.key``)."""
    hotswapped: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By the names of functions, which code they run in place of the deployed one (``local.hotswap``)."""

    def forget_deployment(self) -> None:
        """Record that nothing is deployed: the engine has ended, and its state with it."""
        self.engine, self.bootstrapped, self.deployed, self.hotswapped = None, False, None, {}


@dataclass(frozen=True)
class Workspace:
    """A folder under which everything of one local run is kept."""

    root: Path

    @property
    def state_file(self) -> Path:
        """What is running and what was deployed."""
        return self.root / "state.json"

    @property
    def outputs(self) -> Path:
        """The outputs of the deployed stacks."""
        return self.root / "outputs.json"

    @property
    def web(self) -> Path:
        """What the server of the web application serves."""
        return self.root / "web.json"

    @property
    def key(self) -> Path:
        """The signing key of the local token issuer."""
        return self.root / "issuer-key.pem"

    @property
    def logs(self) -> Path:
        """The folder of the log files."""
        return self.root / "logs"

    @property
    def scratch(self) -> Path:
        """The engine's TMPDIR, in which it leaves folders."""
        return self.root / "tmp"

    @property
    def assembly(self) -> Path:
        """What `cdk synth` wrote and `cdk deploy` reads."""
        return self.root / "cdk.out"

    @property
    def cdk_home(self) -> Path:
        """The HOME of the CDK command line: its cache, and its temporary files."""
        return self.root / "cdk-home"

    def load(self) -> RunState:
        """Returns the recorded state; an empty one when none can be read."""
        read = files.read_object(self.state_file) or {}
        match read:
            case {"bootstrapped": bool(bootstrapped), "deployed": None | str() as deployed}:
                return RunState(
                    engine=_service(read.get("engine")),
                    issuer=_service(read.get("issuer")),
                    redirect_port=port if isinstance(port := read.get("redirect_port"), int) else None,
                    web=_service(read.get("web")),
                    bootstrapped=bootstrapped,
                    deployed=deployed,
                    hotswapped=_hotswapped(read.get("hotswapped")),
                )
        return RunState()

    def save(self, state: RunState) -> None:
        """Record ``state``, completely or not at all."""
        files.write_json(self.state_file, asdict(state))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the workspace: two commands at once would start two engines. Prints a line if it waits."""
        with held(self.root / "home.lock", to="change the local run"):
            yield


def _service(read: object) -> Service | None:
    match read:
        case {"port": int(port), "process": {"pid": int(pid), "started": str(started)}}:
            return Service(port, ProcessRecord(pid, started))
    return None


def _hotswapped(read: object) -> dict[str, tuple[str, str]]:
    """Returns what is recorded; a damaged entry counts as unknown code."""
    found: dict[str, tuple[str, str]] = {}
    for name, digests in read.items() if isinstance(read, dict) else ():
        match digests:
            case [str(handler), str(shared)]:
                found[name] = (handler, shared)
            case _:
                found[name] = ("", "")
    return found
