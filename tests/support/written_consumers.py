"""The consumers of events as they are written in `lambdas/events`, whether or not a stage has them."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).resolve().parents[2] / "lambdas" / "events"


class WrittenConsumer(NamedTuple):
    """A consumer, by the name of its file."""

    name: str
    repeats: bool
    """Whether it may handle an event again without harm, and records nothing of it."""


def written_consumers() -> Iterator[WrittenConsumer]:
    """Yields each consumer, by name."""
    for path in sorted(_FOLDER.glob("*.py")):
        called = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        if any(isinstance(each, ast.Name) and each.id == "Consumer" for each in called):
            kinds = {each.attr for each in called if isinstance(each, ast.Attribute)}
            yield WrittenConsumer(path.stem, "repeats" in kinds)
