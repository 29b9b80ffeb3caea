"""Local runs for tests: each in a workspace of its own, and taken down whatever happens."""

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from console.workspace import Workspace
from local.down import down
from local.environment import Instance, up
from local.toolchains import LOCAL
from tests.e2e.waiting import until


@contextmanager
def running(name: str, *, lambda_authoriser: bool = False) -> Iterator[Instance]:
    """A local run on ports of its own. Raises StepFailed when it does not come up."""
    # One for each worker, where tests are spread over several.
    workspace = Workspace(LOCAL / "-".join([name, *filter(None, [os.environ.get("PYTEST_XDIST_WORKER")])]))
    with _alone_in(workspace), _ended_in_order():
        # What a run that was killed has left.
        down(workspace)
        try:
            yield up(workspace, engine_port=0, issuer_port=0, lambda_authoriser=lambda_authoriser)
        finally:
            down(workspace)


@contextmanager
def _alone_in(workspace: Workspace) -> Iterator[None]:
    """Wait until no other test run uses this workspace."""
    workspace.root.mkdir(parents=True, exist_ok=True)
    with (workspace.root / "tests.lock").open("w") as lock:

        def is_mine() -> bool:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        until(f"the other test run to be done with {workspace.root}", is_mine, within=900)
        yield


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Let SIGTERM end the run as Ctrl-C does, so that everything is taken down."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        # Once: another one must not interrupt the taking down.
        signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
