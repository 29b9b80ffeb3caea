"""Only the modules of `layers/ordering/repositories/keys` know how the keys of the table are spelt."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ordering.repositories import keys

PROJECT = Path(__file__).parents[2]
KEYS = PROJECT / "layers/ordering/repositories/keys"
ROOMS = ("layers", "lambdas", "stacks", "ops", "local")
# The sandbox providers keep their records in a table of their own, which has other keys.
OTHER_TABLE = "layers/ordering/providers/sandbox_*.py"

_PREFIX = re.compile(r"^[A-Z]+#")


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Every string literal, and every literal part of an f-string, with its line; docstrings are left out."""
    tree = ast.parse(source)
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


PREFIXES = {
    match[0]
    for module in KEYS.glob("*.py")
    for _, text in texts(module.read_text())
    if (match := _PREFIX.match(text))
}


def spelt(source: str) -> list[tuple[int, str]]:
    """The literals of a source text that contain the prefix of a key."""
    return [(line, text) for line, text in texts(source) if any(prefix in text for prefix in PREFIXES)]


def sources() -> Iterator[Path]:
    others = {*KEYS.glob("*.py"), *PROJECT.glob(OTHER_TABLE)}
    for room in ROOMS:
        yield from (path for path in sorted((PROJECT / room).rglob("*.py")) if path not in others)


def test_keys_have_the_prefixes_that_the_tables_of_keys_list() -> None:
    """The prefixes are read from the code; the package's docstring lists the same ones."""
    documented = set(re.findall(r"`([A-Z]+#)<", str(keys.__doc__)))
    assert documented == PREFIXES
    assert {"ORDER#", "CUSTOMER#", "PRODUCT#"} < PREFIXES


@pytest.mark.parametrize("literal", ['f"ORDER#{order_id}"', '"CUSTOMER#"', '":open PARKED#1"'])
def test_spelt_key_is_found_in_a_source_text(literal: str) -> None:
    assert spelt(f"key = {literal}")


@pytest.mark.slow
def test_no_other_module_spells_a_key() -> None:
    found = {str(path.relative_to(PROJECT)): each for path in sources() if (each := spelt(path.read_text()))}
    assert found == {}


def test_exception_for_the_other_table_is_still_needed() -> None:
    assert any(spelt(path.read_text()) for path in PROJECT.glob(OTHER_TABLE))
