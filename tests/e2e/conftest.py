"""An instance of the whole app for all end-to-end tests together, beside whatever `make up` runs.

It starts when the first test asks for it and is taken down at the end of the run, however that comes
about; what a run that was killed has left is taken down by the next one.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.progress import StepFailed
from local.environment import Instance
from tests.e2e.instances import running
from tests.e2e.shop import Customer, Shop

_FOLDER = Path(__file__).parent
_NOT_UP = pytest.StashKey[bool]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test below this folder, so that none can forget to say what it needs."""
    for item in items:
        if _FOLDER in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            # On one worker, and so with one engine, while the others run what needs none.
            item.add_marker(pytest.mark.xdist_group("engine"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Say once, and not once for every test, that the instance did not come up."""
    if item.config.stash.get(_NOT_UP, False):
        pytest.skip("the instance did not come up: see the first error")


@pytest.fixture(scope="session")
def instance(request: pytest.FixtureRequest) -> Iterator[Instance]:
    """The one that most tests share."""
    config = request.config
    config.stash[_NOT_UP] = True
    try:
        with running("e2e") as instance:
            config.stash[_NOT_UP] = False
            yield instance
    except StepFailed as failure:
        pytest.fail(str(failure), pytrace=False)


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
