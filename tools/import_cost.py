"""Measures what an import costs a function, beyond what every handler imports anyway.

    .venv/bin/python -m tools.import_cost
    .venv/bin/python -m tools.import_cost "import json5"

Each statement runs several times, each in a fresh interpreter, after the imports of the base. The result
is the smallest processor time of all runs, because other programs can only make a run slower.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_PROJECT = Path(__file__).resolve().parent.parent
_PATH = f"{_PROJECT}:{_PROJECT / 'layers'}"

BASE = "import botocore.session, botocore.client, msgspec; from aws_lambda_powertools import Logger"
OWN_HTTP = "import ordering.http.response, ordering.http.checking, ordering.http.shapes, ordering.http.views"
RESOLVER = "from aws_lambda_powertools.event_handler import APIGatewayHttpResolver"
VALIDATION = f"{RESOLVER}; APIGatewayHttpResolver(enable_validation=True)"
OWN_CLAIMS = "import ordering.repositories.processed_events"
IDEMPOTENCY = (
    "from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, idempotent_function"
)
OWN_FORMATS = "import ordering.domain.localised"
BABEL = "import babel.dates, babel.numbers"
PYDANTIC = "import pydantic; pydantic.create_model('Order', sku=(str, ...), quantity=(int, ...))"

COMPARED = {
    "this project's HTTP layer, with its shapes": OWN_HTTP,
    "Powertools' resolver": RESOLVER,
    "Powertools' resolver, with validation": VALIDATION,
    "this project's claims on events": OWN_CLAIMS,
    "Powertools' idempotency": IDEMPOTENCY,
    "this project's formats of amounts and dates": OWN_FORMATS,
    "Babel's formats of amounts and dates": BABEL,
    "pydantic, with one model": PYDANTIC,
}

# Only the statement is measured, not the start of the interpreter and not the base.
_MEASURE = """
import sys, time
sys.path[:0] = {path!r}.split(":")
{base}
before, modules = time.process_time(), len(sys.modules)
{statement}
print(time.process_time() - before, len(sys.modules) - modules)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an import costs: CPU time, and the number of modules that it loads."""

    milliseconds: float
    modules: int


def cost_of(statement: str, *, base: str = BASE, runs: int = 9) -> Cost:
    """Returns the processor time and the number of modules that the statement takes beyond the base."""
    code = _MEASURE.format(path=_PATH, base=base, statement=statement)
    costs = [_run(code) for _ in range(runs)]
    return Cost(min(each.milliseconds for each in costs), costs[0].modules)


def _run(code: str) -> Cost:
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=_PROJECT
    )
    seconds, modules = ran.stdout.split()
    return Cost(1000 * float(seconds), int(modules))


def main(statements: list[str]) -> None:
    """Print the cost of each statement, above what the handlers import anyway."""
    base = cost_of(BASE, base="pass")
    print(f"{'CPU ms':>8} {'modules':>8}")
    print(f"{base.milliseconds:8.0f} {base.modules:8}  what every handler imports: botocore, msgspec, Logger")
    for name, statement in ({each: each for each in statements} or COMPARED).items():
        cost = cost_of(statement)
        print(f"{cost.milliseconds:+8.0f} {cost.modules:+8}  {name}")


if __name__ == "__main__":
    main(sys.argv[1:])
