"""The resources of a synthesised stage, from its templates."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Resource = Mapping[str, Any]


def resources_of(stage: str) -> Iterator[Resource]:
    """Returns every resource of a synthesised stage."""
    return resources_in(Path("cdk.out", stage))


def resources_in(assembly: Path) -> Iterator[Resource]:
    """Yields every resource of the stage in a folder. Raises SystemExit with the remedy if it has none."""
    templates = sorted(assembly.glob("assembly-*/*.template.json"))
    if not templates:
        raise SystemExit(f"{assembly} holds no template: make synth STAGE={assembly.name}")
    for template in templates:
        yield from json.loads(template.read_text())["Resources"].values()
