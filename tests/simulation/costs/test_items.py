"""The sizes of an order's items, which decision 23 compares with those of one item for the whole order."""

import moto  # noqa: F401 (before a handler makes its client)
import pytest

from tests.simulation.costs.journeys import JOURNEYS
from tests.simulation.costs.recorder import stored_items
from tests.support.backend import backend
from tests.synth import PROJECT
from tools.costs import names
from tools.costs.capacity import size
from tools.costs.names import LINES

_RECORD = PROJECT / "docs" / "decisions" / "0023-ledgers-as-items-of-their-own.md"
_COLUMNS = ("ORDER", "PAYMENT#01", "RESERVATION", "SHIPMENT", "ADDRESS")


@pytest.mark.slow
def test_record_has_the_sizes_of_the_items_of_an_order() -> None:
    rows = _RECORD.read_text().splitlines()
    by_name = {journey.name: journey for journey in JOURNEYS}
    with backend() as shop:
        for lines in LINES:
            by_name[names.fulfilled(lines)].count(shop)
            items = {item["SK"]["S"]: item for item in stored_items() if "ORDER#" in item["PK"]["S"]}
            sizes = [f"{size(items[column]):,}" for column in _COLUMNS]
            assert f"| {lines} | {' | '.join(sizes)} |" in rows
