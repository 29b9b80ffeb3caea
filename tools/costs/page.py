"""The tables of `docs/costs.md`, which are made of the committed counts and a stage's templates."""

from pathlib import Path

from tools.costs.counts import committed
from tools.costs.deployment import Deployment
from tools.costs.report import Wanted, as_markdown, tables

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "costs.md"
_BEGIN, _END = "<!-- made by make costs: begin -->\n", "<!-- made by make costs: end -->\n"

READS = 9_000_000


def generated(deployment: Deployment) -> str:
    """Returns the tables of the page."""
    return as_markdown(tables(Wanted(reads=READS), committed(), deployment))


def current() -> str:
    """Returns the tables that the page has."""
    _, rest = PAGE.read_text(encoding="utf-8").split(_BEGIN)
    return rest.split(_END)[0].strip()


def write(deployment: Deployment) -> None:
    """Write the tables into the page."""
    before, rest = PAGE.read_text(encoding="utf-8").split(_BEGIN)
    _, after = rest.split(_END)
    PAGE.write_text(f"{before}{_BEGIN}\n{generated(deployment)}\n{_END}{after}", encoding="utf-8")
