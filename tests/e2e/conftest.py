"""An instance of the whole app for all end-to-end tests together, beside whatever `make up` runs.

It starts when the first test asks for it and is taken down at the end of the run, however that comes
about; what a run that was killed has left is taken down by the next one.
"""

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from local.environments import LOCAL
from local.home import Home
from local.instance import Instance, up
from local.steps import StepFailed
from local.takedown import down
from tests.e2e.shop import Customer, Shop
from tests.e2e.waiting import until

_FOLDER = Path(__file__).parent
_NOT_UP = pytest.StashKey[bool]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test below this folder, so that none can forget to say what it needs."""
    for item in items:
        if _FOLDER in item.path.parents:
            item.add_marker(pytest.mark.e2e)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Say once, and not once for every test, that the instance did not come up."""
    if item.config.stash.get(_NOT_UP, False):
        pytest.skip("the instance did not come up: see the first error")


@pytest.fixture(scope="session")
def instance(request: pytest.FixtureRequest) -> Iterator[Instance]:
    """A local run on ports of its own."""
    # One for each worker, where tests are spread over several.
    home = Home(LOCAL / "-".join(["e2e", *filter(None, [os.environ.get("PYTEST_XDIST_WORKER")])]))
    with _alone_in(home), _ended_in_order():
        down(home)
        try:
            yield _started(home, request.config)
        finally:
            down(home)


@pytest.fixture(scope="session")
def shop(instance: Instance) -> Iterator[Shop]:
    """The shop that the instance is."""
    with Shop(instance) as shop:
        yield shop


@pytest.fixture
def alice(shop: Shop) -> Customer:
    """A customer whom no other test knows."""
    return shop.customer("alice")


@pytest.fixture
def bob(shop: Shop) -> Customer:
    """Another one."""
    return shop.customer("bob")


@pytest.fixture
def quiet_shop(shop: Shop) -> Shop:
    """The shop with every order at its end and every message handled: what changes now, the test changes."""
    shop.settle()
    return shop


def _started(home: Home, config: pytest.Config) -> Instance:
    try:
        return up(home, engine_port=0, issuer_port=0)
    except StepFailed as failure:
        config.stash[_NOT_UP] = True
        pytest.fail(str(failure), pytrace=False)
    except BaseException:
        config.stash[_NOT_UP] = True
        raise


@contextmanager
def _alone_in(home: Home) -> Iterator[None]:
    """Wait until no other test run uses this home."""
    home.root.mkdir(parents=True, exist_ok=True)
    with (home.root / "tests.lock").open("w") as lock:

        def is_mine() -> bool:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        until(f"the other test run to be done with {home.root}", is_mine, within=900)
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
