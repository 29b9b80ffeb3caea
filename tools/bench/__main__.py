"""Prints the instructions of cold starts and of requests, and compares them with the committed figures.

    make bench                          measure, and fail on more than 3 % more than `figures.json`
    .venv/bin/python -m tools.bench --write     write `figures.json` and the table of docs/performance.md

Valgrind counts instructions, because unlike times they are the same in every run, even on a busy machine.
Figures of another processor architecture are not compared.
"""

import argparse
import json
import platform
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.bench import valgrind
from tools.bench.figures import Figures, table, worse, write_table
from tools.bench.measurements import measure

_FIGURES = Path(__file__).resolve().parent / "figures.json"


def main() -> int:
    """Measure. Returns the exit status: 1 if a figure has grown, 2 if nothing can be measured."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the figures and the table in the docs")
    options = parser.parse_args()
    if missing := valgrind.missing():
        print(missing, file=sys.stderr)
        return 2
    with ThreadPoolExecutor(2) as pool:
        measured = measure(pool)
    print(table(measured))
    if options.write:
        _FIGURES.write_text(json.dumps(measured.as_json(), indent=2) + "\n", encoding="utf-8")
        write_table(measured)
        return 0
    committed = Figures.from_json(json.loads(_FIGURES.read_text(encoding="utf-8")))
    if committed.machine != platform.machine():
        print(f"the committed figures are of {committed.machine}: nothing is compared", file=sys.stderr)
        return 0
    found = list(worse(committed, measured))
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
