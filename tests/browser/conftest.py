"""A browser, and a shop whose API and issuer it can reach."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from stacks import viewer
from tests.browser.servers import Api, Issuer, served, sign_in_configured
from tests.client.conftest import shop as shop
from tests.client.shop import Shop
from tests.support.browser import started_browser
from tests.support.docs_page import on_import_path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser. Where there is none, the tests are skipped, but not in CI."""
    with started_browser() as browser:
        yield browser


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """The local issuer."""
    with Issuer().running() as running:
        yield running


@pytest.fixture
def api(shop: Shop, issuer: Issuer) -> Iterator[Api]:
    """The API with the page that is deployed, which knows the issuer."""
    api = Api(shop.handle, issuer)
    with (
        on_import_path(viewer.build() / "python"),
        sign_in_configured(issuer),
        served(api) as url,
    ):
        api.url = issuer.api_url = url + api.PREFIX
        yield api
