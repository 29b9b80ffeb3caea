"""Calculates what one fulfilled order costs as an Express, a Standard or a durable workflow.

    make synth STAGE=dev && .venv/bin/python -m tools.costs.workflow_costs [SECONDS]

The states are counted in the synthesised state machine. Prices are US dollars in us-east-1, from AWS's pages
"AWS Step Functions pricing" and "AWS Lambda pricing" as of September 2026, without any free tier. The
functions of the steps cost about the same in all three and are left out. The driver, which waits for an
Express execution, is included.
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from tools.pictures.saga_diagram import deployed_definition

Definition = Mapping[str, Any]

EXPRESS_REQUEST = 1.00 / 1e6
EXPRESS_GB_SECOND = 0.00001667
EXPRESS_MEMORY_GB = 64 / 1024
STANDARD_TRANSITION = 25.00 / 1e6
DURABLE_OPERATION = 8.00 / 1e6
DURABLE_GB_WRITTEN = 0.25
LAMBDA_GB_SECOND = 0.0000166667

DRIVER_MEMORY_GB = 512 / 1024
# A checkpoint contains a step's result: an order id and an outcome.
CHECKPOINT_GB = 1 / 1024**2

# What each step returns on the way to FULFILLED.
OUTCOMES = {
    "Load order": "PENDING",
    "Reserve stock": "RESERVED",
    "Authorise payment": "AUTHORISED",
    "Confirm order": "CONFIRMED",
    "Capture payment": "CAPTURED",
    "Book shipment": "BOOKED",
    "Complete order": "FULFILLED",
}


def visited(definition: Definition) -> Iterator[str]:
    """Yields the states that a fulfilled order enters; Standard bills each as one transition."""
    states, name, returned = definition["States"], definition["StartAt"], set[str]()
    while name:
        state = states[name]
        yield name
        match state["Type"]:
            case "Task":
                returned = {OUTCOMES[name]}
            case "Parallel":
                inner = [each for branch in state["Branches"] for each in branch["States"]]
                yield from inner
                returned = {OUTCOMES[each] for each in inner}
            case "Choice":
                name = next(rule["Next"] for rule in state["Choices"] if _matches(rule, returned))
                continue
        name = state.get("Next", "")


def _matches(rule: Definition, returned: set[str]) -> bool:
    return all(part["StringEquals"] in returned for part in rule.get("And", [rule]))


def dollars_a_million(definition: Definition, seconds: float) -> dict[str, float]:
    """Returns the dollars for a million fulfilled orders of that duration, by kind of workflow."""
    states = list(visited(definition))
    operations = 1 + len([name for name in states if name in OUTCOMES])
    driver = seconds * DRIVER_MEMORY_GB * LAMBDA_GB_SECOND
    each = {
        "Express": EXPRESS_REQUEST + seconds * EXPRESS_MEMORY_GB * EXPRESS_GB_SECOND,
        "the driver of Express, alone in its batch": driver,
        "the driver of Express, in a batch of ten": driver / 10,
        "Standard": len(states) * STANDARD_TRANSITION,
        "Lambda durable functions": operations * (DURABLE_OPERATION + CHECKPOINT_GB * DURABLE_GB_WRITTEN),
    }
    return {name: 1e6 * cost for name, cost in each.items()}


def main(seconds: float) -> None:
    """Print what a million orders cost with each kind of workflow."""
    definition = deployed_definition("dev")
    states = len(list(visited(definition)))
    print(f"{states} states entered, {seconds:g} s; dollars for a million fulfilled orders:")
    for name, dollars in dollars_a_million(definition, seconds).items():
        print(f"{dollars:8.2f}  {name}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)
