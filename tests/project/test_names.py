"""One name means one thing, wherever code of different rooms meets."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
ROOMS = ("layers/ordering", "stacks", "console", "local", "ops", "tests/support")


@pytest.mark.slow
def test_public_class_name_is_used_once() -> None:
    places = defaultdict(list)
    for room in ROOMS:
        for path in sorted((PROJECT / room).rglob("*.py")):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(str(path.relative_to(PROJECT)))
    assert places["OrderDetails"] == ["layers/ordering/domain/order_details.py"]
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
