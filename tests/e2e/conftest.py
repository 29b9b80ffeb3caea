"""One deployed instance of the app for each pytest worker, which all its end-to-end tests share.

It starts when the first test needs it, and is removed at the end of the run, also of an interrupted run. If a
run is killed, the next run removes its remains.

Its engine allows or denies each call by the policies of its caller ("Permissions on the engine" in
docs/testing.md).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.progress import StepFailed
from local.environment import Instance
from tests.e2e.instances import running_instance
from tests.e2e.shop import Customer, Shop

_FOLDER = Path(__file__).parent
_NOT_STARTED = pytest.StashKey[bool]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test in this folder with `e2e`, so that no file has to do so."""
    for item in items:
        if _FOLDER in item.path.parents:
            item.add_marker(pytest.mark.e2e)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """If the instance did not start, report that once, and skip all other tests."""
    if item.config.stash.get(_NOT_STARTED, False):
        pytest.skip("the instance did not start: see the first error")


@pytest.fixture(scope="session")
def instance(request: pytest.FixtureRequest) -> Iterator[Instance]:
    """The instance that most tests share."""
    config = request.config
    config.stash[_NOT_STARTED] = True
    try:
        with running_instance("e2e") as instance:
            config.stash[_NOT_STARTED] = False
            yield instance
    except StepFailed as failure:
        pytest.fail(str(failure), pytrace=False)


@pytest.fixture(scope="session")
def shop(instance: Instance) -> Iterator[Shop]:
    """The shop that the instance serves."""
    with Shop(instance) as shop:
        yield shop


@pytest.fixture
def alice(shop: Shop) -> Customer:
    """A customer that only this test uses."""
    return shop.customer("alice")


@pytest.fixture
def bob(shop: Shop) -> Customer:
    """A second customer that only this test uses."""
    return shop.customer("bob")


@pytest.fixture
def idle_shop(shop: Shop) -> Shop:
    """The shop after all orders have ended and all messages are processed: only the test changes anything."""
    shop.settle()
    return shop
