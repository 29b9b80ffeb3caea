"""asl-validator: checks each state machine's definition against the schema of the Amazon States Language."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from local.toolchains import ROOT
from tools.audit.templates import Finding, Template

_VALIDATOR = ROOT / "node_modules" / ".bin" / "asl-validator"
_MACHINE = "AWS::StepFunctions::StateMachine"


def check(templates: Sequence[Template]) -> list[Finding]:
    """Returns a finding for each definition that is not valid.

    Raises RuntimeError if the validator fails itself, or if a stage has no state machine.
    """
    stages = {template.stage for template in templates}
    found = []
    for template, id, definition in definitions(templates):
        stages.discard(template.stage)
        if error := validate(definition):
            found.append(Finding(template.stage, template.stack, id, "asl-validator", error))
    if stages:
        raise RuntimeError(f"there is no state machine in {', '.join(sorted(stages))}")
    return found


def definitions(templates: Sequence[Template]) -> Iterator[tuple[Template, str, str]]:
    """Yields each definition, with an example in place of each ARN."""
    for template in templates:
        for id, resource in template.body["Resources"].items():
            if resource["Type"] == _MACHINE:
                yield template, id, _text(resource["Properties"]["DefinitionString"])


def validate(definition: str) -> str | None:
    """Returns why a definition is not valid, or None. Raises RuntimeError if the validator fails itself."""
    json.loads(definition)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "definition.json")
        path.write_text(definition)
        ran = subprocess.run(
            [str(_VALIDATOR), "--json-path", str(path)], capture_output=True, text=True, check=False
        )
    if ran.returncode not in (0, 1):
        raise RuntimeError(f"asl-validator failed: {ran.stderr}")
    return None if ran.returncode == 0 else (ran.stdout + ran.stderr).strip()


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case {"Ref": "AWS::Partition"}:
            return "aws"
        case {"Fn::GetAtt": [str(id), _]} | {"Ref": str(id)}:
            return f"arn:aws:lambda:eu-west-1:123456789012:function:{id}"
        case {"Fn::Join": [str(separator), [*parts]]}:
            return separator.join(map(_text, parts))
    raise ValueError(f"the definition refers to {value}")
