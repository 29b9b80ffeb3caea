"""Local runs for tests, each in a workspace of its own and removed at the end."""

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import FrameType

from console.workspace import Workspace
from local.down import down
from local.environment import Instance, up
from local.toolchains import LOCAL
from tests.e2e.iam_evaluation import deployed_for_evaluation
from tests.e2e.waiting import until


@contextmanager
def running_instance(
    name: str, *, lambda_authoriser: bool = False, evaluate_iam: bool = True
) -> Iterator[Instance]:
    """A local run on free ports. Raises StepFailed if it does not start.

    With `evaluate_iam`, the engine allows or denies each call by the policies of its caller.
    """
    with empty_workspace(name) as workspace:
        with deployed_for_evaluation() if evaluate_iam else nullcontext():
            instance = up(
                workspace,
                engine_port=0,
                issuer_port=0,
                web_port=0,
                lambda_authoriser=lambda_authoriser,
                evaluate_iam=evaluate_iam,
            )
        yield instance


@contextmanager
def empty_workspace(name: str) -> Iterator[Workspace]:
    """A workspace in which nothing runs. At the end, everything that runs in it is removed."""
    # Each pytest worker has its own.
    workspace = Workspace(LOCAL / "-".join([name, *filter(None, [os.environ.get("PYTEST_XDIST_WORKER")])]))
    with _exclusively(workspace), _sigterm_as_ctrl_c():
        # Remove what a killed run may have left.
        down(workspace)
        try:
            yield workspace
        finally:
            down(workspace)


@contextmanager
def _exclusively(workspace: Workspace) -> Iterator[None]:
    """Wait until no other test run uses this workspace, and lock it."""
    workspace.root.mkdir(parents=True, exist_ok=True)
    with (workspace.root / "tests.lock").open("w") as lock:

        def is_locked() -> bool:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        until(f"the other test run to release {workspace.root}", is_locked, within=900)
        yield


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """Make SIGTERM end the run as Ctrl-C does, so that every instance is removed."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        # Ignore a second signal, which must not interrupt the removal.
        signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
