"""A module that one test loads anew is the old one again for the next."""

import sys

import pytest

from tests.support.fresh_modules import load_anew

MODULE = "lambdas.scheduled.rotate_cursor_secret"


def test_module_loaded_anew_is_the_old_one_after_the_test() -> None:
    with pytest.MonkeyPatch.context() as patch:
        old = load_anew(MODULE, patch)
        assert sys.modules[MODULE] is old
    present = sys.modules[MODULE]
    assert present is not old
    assert sys.modules["lambdas.scheduled"].rotate_cursor_secret is present
