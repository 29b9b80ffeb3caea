"""The measured figures, their JSON and Markdown formats, and their comparison."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "performance.md"
_BEGIN, _END = "<!-- made by make bench: begin -->\n", "<!-- made by make bench: end -->\n"

_MILLION = 1_000_000
_TOLERANCE = 1.03

COOKBOOK = 2004
"""Millions of instructions of the initialisation of AWS Lambda Handler Cookbook's `create_order`.

Recorded in November 2026 in the same way: its own lock file, byte code for CPython 3.13, without the floor.
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers of instructions on one architecture. Initialisations do not include the floor."""

    machine: str
    floor: int
    """The floor: an interpreter with the modules that Lambda's runtime imports."""
    stock: int
    """`boto3.client("dynamodb")`, with the published packages of the same versions."""
    starts: Mapping[str, int]
    """Handler → the instructions of its initialisation."""
    requests: Mapping[str, int]
    """Handler → the instructions of a request after the first."""

    def as_json(self) -> dict[str, Any]:
        """Returns the figures as the committed file has them."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Figures":
        """Returns the figures of the committed file."""
        return cls(**content)


def worse(committed: Figures, measured: Figures) -> Iterator[str]:
    """Yields a line for each figure that is not committed, or more than 3 % higher than committed."""
    for kind in ("starts", "requests"):
        before, after = getattr(committed, kind), getattr(measured, kind)
        for name, count in after.items():
            if name not in before:
                yield f"{kind} {name}: no committed figure: run `.venv/bin/python -m tools.bench --write`"
            elif count > before[name] * _TOLERANCE:
                yield (
                    f"{kind} {name}: {_millions(count)} million instructions, committed are "
                    f"{_millions(before[name])}: {count / before[name] - 1:+.1%}"
                )


def table(figures: Figures) -> str:
    """Returns the figures as tables in Markdown, in millions of instructions."""
    rows = [
        "| initialisation | million | of the stock client | of the cookbook |",
        "|---|--:|--:|--:|",
        f"| floor: Python and Lambda's runtime, not part of the others | {_millions(figures.floor)} | | |",
        _start("AWS Lambda Handler Cookbook, create order (recorded)", COOKBOOK * _MILLION, figures),
        _start('`boto3.client("dynamodb")`, nothing else', figures.stock, figures),
        *(_start(f"`{name}`", count, figures) for name, count in figures.starts.items()),
        "",
        "| a request to an initialised function | million |",
        "|---|--:|",
        *(f"| `{name}` | {_millions(count)} |" for name, count in figures.requests.items()),
    ]
    return "\n".join(rows) + "\n"


def write_table(figures: Figures) -> None:
    """Write the tables into the page about performance."""
    page = _PAGE.read_text(encoding="utf-8")
    before, rest = page.split(_BEGIN)
    _, after = rest.split(_END)
    _PAGE.write_text(f"{before}{_BEGIN}\n{table(figures)}\n{_END}{after}", encoding="utf-8")


def _start(name: str, count: int, figures: Figures) -> str:
    ratios = f"{count / figures.stock:.2f} | {count / (COOKBOOK * _MILLION):.2f}"
    return f"| {name} | {_millions(count)} | {ratios} |"


def _millions(count: int) -> str:
    return f"{count / _MILLION:,.0f}" if count >= 100 * _MILLION else f"{count / _MILLION:.1f}"
