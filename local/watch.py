"""What `make watch` does: saved code of a function runs on the local engine a moment later.

`local/watch_web.py` does this for the web application.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from threading import Event

import boto3
import watchfiles
from botocore.exceptions import BotoCoreError, ClientError

from console import outputs
from console.engine_aws import connection
from console.progress import StepFailed, say
from console.workspace import RunState, Workspace
from local import hotswap
from local.deployed_functions import DeployedFunction, deployed_functions
from local.logs import LogFollower
from local.source_code import HANDLERS, SHARED, SourceCode
from local.toolchains import ROOT
from local.watch_web import FOLDERS as WEB_FOLDERS
from local.watch_web import WebWatch, is_of_web, of_web

# What `make up` deploys. A change in the other folders than those of the code needs it again.
_FOLDERS = ("lambdas", "layers", "stacks", *WEB_FOLDERS)
# In milliseconds. Files that are saved together are one save; the wait for a save ends to read the logs.
_TOGETHER, _AT_MOST, _WAIT = 50, 500, 300
# In seconds. Each function's log is read by a request of its own.
_LOG_SECONDS_PER_FUNCTION = 0.05
_RECENT_SECONDS = 10.0
_QUIET_SECONDS = 10.0


class Watch:
    """Keeps the functions of a local run on the code that is saved below ``root``."""

    def __init__(
        self, workspace: Workspace, root: Path = ROOT, print_line: Callable[[str], None] = say
    ) -> None:
        """Raises StepFailed when no local run is up in ``workspace``."""
        self._workspace, self._root, self._say = workspace, root, print_line
        self._aws = connection(outputs.of_running_engine(workspace)["Endpoint"])
        self._client = hotswap.lambda_client(self._aws)
        self._logs = LogFollower(boto3.client("logs", **self._aws))
        self._logs_read = 0.0
        self._reported: set[tuple[PurePosixPath, str]] = set()
        self._deployment: str | None = None
        self._functions: list[DeployedFunction] = []
        self._saved = time.monotonic()
        self._superseded: set[str] = set()
        self._web = WebWatch(workspace, print_line)

    def run(self, stop: Event) -> None:
        """Update functions and print their log lines until ``stop`` is set. Raises StepFailed."""
        self.update()
        self._web.update()
        try:
            self._wait_for_saves(stop)
        finally:
            self._web.end()

    def _wait_for_saves(self, stop: Event) -> None:
        self._say(f"watching {', '.join(_FOLDERS)}: {len(self._functions)} functions; Ctrl-C ends it")
        folders = [folder for name in _FOLDERS if (folder := self._root / name).is_dir()]
        for changes in watchfiles.watch(
            *folders,
            stop_event=stop,
            step=_TOGETHER,
            debounce=_AT_MOST,
            rust_timeout=_WAIT,
            yield_on_timeout=True,
            raise_interrupt=False,
        ):
            saved = sorted({Path(path) for _, path in changes})
            if saved:
                self.update(saved=saved_at(saved, now=time.time()))
                if web := of_web(saved, self._root):
                    self._web.update(saved=saved_at(web, now=time.time()))
                for line in needing_make_up(saved, self._root, self._functions):
                    self._say(line)
            self.print_log()
            self._clean_up()

    def update(self, *, saved: float | None = None) -> None:
        """Bring every function whose saved code is another one up to date, and print each.

        ``saved`` is the time of the save, in seconds since 1970. Raises StepFailed when the engine has ended.
        """
        with _engine_errors(), self._workspace.locked():
            state = self._state()
            source = SourceCode.read(self._root)
            planned = hotswap.plan(self._functions, hotswap.running_code(state), source)
            for invalid in planned.invalid:
                if (invalid.path, invalid.digest) not in self._reported:
                    self._say(f"✗ {invalid.why}")
                    self._say("  the old code stays until the file is valid")
            self._reported = {(each.path, each.digest) for each in planned.invalid}
            started = time.time()
            hotswap.hotswap(self._workspace, state, planned.updates, source, self._client)
        self._saved = time.monotonic()
        self._superseded |= state.hotswapped.keys() | {each.function.name for each in planned.updates}
        for update in planned.updates:
            self._logs.follow(update.function.label, update.function.log_group, since=started)
        if planned.updates:
            seconds = time.time() - (started if saved is None else saved)
            self._say(said_of(planned.updates, seconds, after_save=saved is not None))

    def print_log(self) -> None:
        """Print the new log lines of the functions that were updated."""
        if time.monotonic() - self._logs_read < _LOG_SECONDS_PER_FUNCTION * len(self._logs):
            return
        with _engine_errors():
            for line in self._logs.new_lines():
                self._say(line)
        self._logs_read = time.monotonic()

    def _clean_up(self) -> None:
        """In a quiet moment, delete the old versions of one function."""
        if not self._superseded or time.monotonic() - self._saved < _QUIET_SECONDS:
            return
        name = self._superseded.pop()
        with _engine_errors(), self._workspace.locked():
            self._state()
            for function in self._functions:
                if function.name == name:
                    hotswap.delete_superseded(self._client, function)

    def _state(self) -> RunState:
        """Returns the state of the run; reads its functions again if `make up` has run in the meantime."""
        outputs.of_running_engine(self._workspace)
        state = self._workspace.load()
        if state.deployed is None:
            raise StepFailed("the last deployment did not complete", "run `make up` first")
        if state.deployed != self._deployment:
            self._functions = deployed_functions(self._workspace, self._aws)
            self._deployment = state.deployed
        return state


def needing_make_up(
    saved: Iterable[Path], root: Path, functions: Iterable[DeployedFunction]
) -> Iterator[str]:
    """Yields a line for each saved file that a hotswap cannot bring to the engine."""
    sources = {each.source for each in functions}
    for file in saved:
        path = PurePosixPath(file.relative_to(root).as_posix())
        if path.is_relative_to(SHARED) or is_of_web(path) or file.is_dir():
            continue
        if not path.is_relative_to(HANDLERS):
            yield f"! {path}: run `make up` to deploy this change"
        elif path.suffix == ".py" and path.name != "__init__.py":
            if file.exists() and path not in sources:
                yield f"! {path}: no function runs this file; `make up` deploys one if a stack has it"
            elif not file.exists() and path in sources:
                yield f"! {path} is missing: its function keeps the old code until `make up`"


def said_of(updates: Sequence[hotswap.Update], seconds: float, *, after_save: bool) -> str:
    """Returns the line about functions that run new code now."""
    names = updates[0].function.label if len(updates) == 1 else f"{len(updates)} functions"
    reason = " (layers/ordering)" if any(each.shared for each in updates) else ""
    since = "after the save" if after_save else "to catch up with earlier saves"
    return f"✓ {names}{reason}: new code is live, {seconds:.2f} s {since}"


def saved_at(files: Iterable[Path], *, now: float) -> float:
    """Returns when the newest of ``files`` was saved, in seconds since 1970.

    A file that was deleted, or copied with its old time, counts as saved now.
    """
    times = [file.stat().st_mtime for file in files if file.exists()]
    newest = max(times, default=now)
    return newest if 0 <= now - newest <= _RECENT_SECONDS else now


@contextmanager
def _engine_errors() -> Iterator[None]:
    """Turn errors of the engine's API into StepFailed."""
    remedy = "run `make up`, then `make watch` again"
    try:
        yield
    except BotoCoreError as error:
        raise StepFailed(f"the local engine does not respond: {error}", remedy) from None
    except ClientError as error:
        raise StepFailed(f"the local engine refused a request: {error}", remedy) from None
