"""The prices of AWS's public price lists, in US dollars, with their date and their sources."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).resolve().parent / "prices.json"

MINUTES_A_MONTH = 60 * 24 * 30


class Price(NamedTuple):
    """What a number of things costs."""

    usd: float
    per: int
    of: str
    source: str
    """The title of AWS's page."""

    @property
    def each(self) -> float:
        """The dollars for one."""
        return self.usd / self.per


class Cost(NamedTuple):
    """An item of the bill, in dollars a month."""

    dollars: float
    reason: str


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of one region at one time, without any free tier."""

    date: str
    region: str
    prices: Mapping[str, Price]


@cache
def prices() -> Prices:
    """Returns the committed prices."""
    content = json.loads(_FILE.read_text(encoding="utf-8"))
    return Prices(
        content["date"],
        content["region"],
        {name: Price(**price) for name, price in content["prices"].items()},
    )


def usd(name: str) -> float:
    """Returns the dollars for one thing. Raises KeyError if its price is not in the file."""
    return prices().prices[name].each
