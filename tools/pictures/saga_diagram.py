"""Draws the saga from the synthesised definition, so that the picture shows what is deployed.

    make synth STAGE=dev && .venv/bin/python -m tools.pictures.saga_diagram

writes docs/saga.md.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stacks.state_machine import FAILURES
from tools.costs.templates import resources_of

Definition = Mapping[str, Any]

_PAGE = Path("docs/saga.md")
_TEXT = """\
# The saga

One execution drives one order from its present status as far as possible. The picture is generated from the
synthesised state machine (`.venv/bin/python -m tools.pictures.saga_diagram`); a test fails when it is out of
date.

A Choice state is drawn as one arrow for each outcome. Not drawn: every task is retried after a fault (see
the table), and any outcome without an arrow ends in "{unknown}". That state, "{reloads}"
and "{missing}" fail the execution, and the message of a failed execution is redelivered.

```mermaid
{diagram}
```

| task | attempts | time-out |
|---|---|---|
{tasks}
"""


def mermaid(definition: Definition) -> str:
    """Returns the state diagram in Mermaid's language."""
    lines = ["stateDiagram-v2", f"    [*] --> {_id(definition['StartAt'])}"]
    for name, state in definition["States"].items():
        lines += [f"    {line}" for line in _drawn(name, state, definition["States"])]
    return "\n".join(lines)


def _drawn(name: str, state: Definition, states: Mapping[str, Definition]) -> Iterator[str]:
    match state["Type"]:
        case "Task":
            yield f'state "{name}" as {_id(name)}'
        case "Parallel":
            yield f'state "{name}" as {_id(name)} {{'
            for number, branch in enumerate(state["Branches"]):
                if number:
                    yield "    --"
                (inner,) = branch["States"]
                yield f'    state "{inner}" as {_id(inner)}'
            yield "}"
        case "Succeed":
            yield f"{_id(name)} --> [*]"
    if "Next" in state:
        yield from _arrows(name, "", states[state["Next"]], state["Next"])
    for catch in state.get("Catch", []):
        if catch["Next"] != state.get("Next"):
            yield f"{_id(name)} --> {_id(catch['Next'])}: fault"


def _arrows(source: str, label: str, target: Definition, target_name: str) -> Iterator[str]:
    """Yields the arrow to the target; if that is a Choice, one arrow for each of its rules."""
    if target["Type"] != "Choice":
        yield f"{_id(source)} --> {_id(target_name)}{label}"
        return
    for rule in target["Choices"]:
        if rule["Next"] not in FAILURES:
            yield f"{_id(source)} --> {_id(rule['Next'])}: {_condition(rule)}"


def _condition(rule: Definition) -> str:
    if "And" in rule:
        return ", ".join(_condition(part) for part in rule["And"])
    variable = rule["Variable"].removeprefix("$.")
    outcome: str = rule["StringEquals"]
    return outcome if variable == "outcome" else f"{variable} {outcome}"


def _tasks(states: Mapping[str, Definition]) -> Iterator[str]:
    for name, state in states.items():
        for branch in state.get("Branches", []):
            yield from _tasks(branch["States"])
        if state["Type"] == "Task":
            (retry,) = state["Retry"]
            yield f"| {name} | {retry['MaxAttempts'] + 1} | {state['TimeoutSeconds']} s |"


def _id(name: str) -> str:
    return "".join(word.capitalize() for word in name.replace("?", "").split())


def page(definition: Definition) -> str:
    """Returns the text of docs/saga.md."""
    reloads, missing, unknown = FAILURES
    return _TEXT.format(
        diagram=mermaid(definition),
        tasks="\n".join(_tasks(definition["States"])),
        reloads=reloads,
        missing=missing,
        unknown=unknown,
    )


def deployed_definition(stage: str) -> Definition:
    """Returns the definition in a synthesised stage, without the ARNs that CloudFormation fills in."""
    (machine,) = (
        resource for resource in resources_of(stage) if resource["Type"] == "AWS::StepFunctions::StateMachine"
    )
    _, parts = machine["Properties"]["DefinitionString"]["Fn::Join"]
    definition: Definition = json.loads("".join(part if isinstance(part, str) else "" for part in parts))
    return definition


def main() -> None:
    """Write the page."""
    _PAGE.write_text(page(deployed_definition("dev")))


if __name__ == "__main__":
    main()
