"""A fence taken down, in memory: some text of the source is another, and the functions run by it.

    with mutated(Mutation("reserve: no order check", (Edit("ordering.repositories.ledger", old, new),), ...)):
        ...

Every function that was compiled from the module takes on its new code, wherever it was imported to and
whatever it was wrapped in; its globals, defaults and closures stay. So a mutation changes what functions
do, and not what a module sets up while it is imported.
"""

import gc
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import CodeType, FunctionType
from typing import Any


class OutOfDate(Exception):
    """A mutation no longer fits the code: what it would change is not there, or not only there."""


@dataclass(frozen=True)
class Edit:
    """Some text of a module, which stands there once, and what stands there instead."""

    module: str
    old: str
    new: str


@contextmanager
def edited(*edits: Edit) -> Iterator[None]:
    """Let the functions of the edited modules run by the edited source. Raises OutOfDate."""
    changed: list[tuple[FunctionType, CodeType]] = []
    try:
        for module, source in _sources(edits).items():
            changed += _recompiled(module, source)
        yield
    finally:
        for function, code in changed:
            function.__code__ = code


def _sources(edits: tuple[Edit, ...]) -> Mapping[str, str]:
    """module → its source with every edit of it made."""
    sources: dict[str, str] = {}
    for edit in edits:
        source = sources.get(edit.module) or inspect.getsource(import_module(edit.module))
        if source.count(edit.old) != 1:
            found = source.count(edit.old)
            raise OutOfDate(f"{edit.module} has this {found} times, and not once:\n{edit.old}")
        sources[edit.module] = source.replace(edit.old, edit.new)
    return sources


def _recompiled(module: str, source: str) -> list[tuple[FunctionType, CodeType]]:
    """Give the module's functions their new code; answers those changed, with the code they had."""
    file = inspect.getfile(import_module(module))
    codes = {code.co_qualname: code for code in _codes_within(compile(source, file, "exec"))}
    changed = []
    for function in _functions_of(file):
        before = function.__code__
        code = codes[before.co_qualname]
        if _what_it_does(code) != _what_it_does(before):
            function.__code__ = code
            changed.append((function, before))
    if not changed:
        raise OutOfDate(f"the edit of {module} changes no function of it")
    return changed


def _codes_within(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes_within(constant)


def _what_it_does(code: CodeType) -> tuple[Any, ...]:
    """A code but for where it stands in its file."""
    constants = (_what_it_does(each) if isinstance(each, CodeType) else each for each in code.co_consts)
    return (code.co_code, code.co_names, code.co_varnames, *constants)


@cache
def _functions_of(file: str) -> list[FunctionType]:
    """Every function with a name that was compiled from a file.

    Asked of the garbage collector: no name leads to what a decorator keeps to itself.
    """
    functions = (each for each in gc.get_objects() if isinstance(each, FunctionType))
    return [each for each in functions if each.__code__.co_filename == file and each.__name__ != "<lambda>"]
