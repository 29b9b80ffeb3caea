import pytest

from tests.tools.local.openid.browser import Browser


@pytest.fixture
def browser() -> Browser:
    return Browser()
