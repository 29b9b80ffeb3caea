"""Reloads a module for one test, as at the start of a new function."""

import sys
from importlib import import_module
from types import ModuleType

import pytest


def load_anew(name: str, patch: pytest.MonkeyPatch) -> ModuleType:
    """Returns a new copy of a module, which other modules see only until `patch` is undone.

    A module is found in `sys.modules` and as an attribute of its package. Both are restored: otherwise later
    tests would patch one copy and call the other.
    """
    present = import_module(name)
    package, _, attribute = name.rpartition(".")
    patch.setattr(sys.modules[package], attribute, present)
    patch.delitem(sys.modules, name)
    return import_module(name)
