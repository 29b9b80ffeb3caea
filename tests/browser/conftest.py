"""A browser, and a shop whose API and issuer it can reach."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from local.tokens import HOUR
from stacks import viewer
from tests.browser.servers import Api, Issuer, served, sign_in_configured
from tests.browser.storefront import Storefront, storefront_served
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
def issuer(request: pytest.FixtureRequest) -> Iterator[Issuer]:
    """The local issuer. Its tokens are valid for an hour, or for the seconds of an indirect parameter."""
    with Issuer().running(lifetime=getattr(request, "param", HOUR)) as running:
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


@pytest.fixture
def storefront(tmp_path: Path, api: Api, issuer: Issuer, shop: Shop) -> Iterator[Storefront]:
    """The web application, in front of the API in memory and the issuer."""
    with storefront_served(tmp_path, api, issuer, shop) as storefront:
        yield storefront
